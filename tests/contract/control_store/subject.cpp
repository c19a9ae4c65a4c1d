// What the suite's tests share.
#include "subject.hpp"

#include <algorithm>

namespace signalbox::contract {

uint64_t ControlContract::Validated(uint64_t base, const std::string& source) {
  const auto draft = store->AddDraft(home, base, {source}, anna);
  if (!draft || !store->MarkValidated(home, draft->number, anna)) {
    ADD_FAILURE() << "no validated draft";
    return 0;
  }
  return draft->number;
}

uint64_t ControlContract::Published(uint64_t base, const std::string& source) {
  const uint64_t number = Validated(base, source);
  const auto published = store->Publish(home, number, anna);
  EXPECT_TRUE(published) << published.error().message();
  return number;
}

uint64_t ControlContract::NumberInForce() {
  const auto current = store->Current(home);
  EXPECT_TRUE(current);
  return current && *current ? (*current)->number : 0;
}

std::vector<std::string> ControlContract::Actions() {
  ports::AuditQuery query;
  query.tenant = "default";
  query.limit = 1000;
  const auto audit = store->Audit(query);
  std::vector<std::string> actions;
  if (audit) {
    for (const auto& entry : *audit) actions.push_back(entry.action);
  }
  std::reverse(actions.begin(), actions.end());
  return actions;
}

}  // namespace signalbox::contract
