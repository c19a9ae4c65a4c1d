// Waiting for one position after the other, within one allowance.
#include "serve/own_writes.hpp"

#include <algorithm>

#include "base/clock.hpp"
#include "model/event.hpp"

namespace signalbox::serve {

bool OwnWrites::Wait(const std::string& tenant, const std::string& user, const std::string& session,
                     const std::optional<model::LogPosition>& after) const {
  if (applier_ == nullptr) return true;
  const int64_t started_us = MonotonicMicros();
  bool applied = true;
  const auto wait_for = [&](model::LogPosition position) {
    const int64_t passed_ms = (MonotonicMicros() - started_us) / 1000;
    const auto left_ms = static_cast<int>(std::max<int64_t>(wait_ms_ - passed_ms, 0));
    applied = applier_->WaitFor(position, left_ms) && applied;
  };
  if (after) wait_for(*after);
  if (recent_ == nullptr) return applied;
  model::LogRecord visitor;
  visitor.tenant = tenant;
  for (const std::string* id : {&user, &session}) {
    if (id->empty()) continue;
    visitor.user = *id;  // a user and a session of the same name share a partition, and so a key
    model::LogPosition position;
    if (recent_->Find(model::PartitionKey(visitor), &position)) wait_for(position);
  }
  return applied;
}

}  // namespace signalbox::serve
