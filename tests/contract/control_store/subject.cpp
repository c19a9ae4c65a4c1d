// The databases: the fake, and SQLite in a temporary directory.
#include "subject.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "adapters/sqlite/sqlite_control_store.hpp"
#include "ports/fakes/memory_control_store.hpp"

namespace signalbox::contract {
namespace {

class MemorySubject final : public ControlSubject {
 public:
  std::shared_ptr<ports::ControlStore> Open() override { return store_; }

 private:
  std::shared_ptr<ports::ControlStore> store_ = std::make_shared<ports::fakes::MemoryControlStore>(clock);
};

class SqliteSubject final : public ControlSubject {
 public:
  SqliteSubject() {
    std::string pattern = testing::TempDir() + "control_XXXXXX";
    if (!mkdtemp(pattern.data())) throw std::runtime_error("no temporary directory");
    directory_ = pattern;
  }
  ~SqliteSubject() override { std::filesystem::remove_all(directory_); }

  std::shared_ptr<ports::ControlStore> Open() override {
    auto opened = sqlite::SqliteControlStore::Open(directory_ + "/control.db", &clock);
    if (!opened) throw std::runtime_error(opened.error().message());
    return std::move(*opened);
  }

 private:
  std::string directory_;
};

}  // namespace

std::vector<ControlKind> AllControlKinds() {
  return {{"Memory", [] { return std::make_unique<MemorySubject>(); }},
          {"Sqlite", [] { return std::make_unique<SqliteSubject>(); }}};
}

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
