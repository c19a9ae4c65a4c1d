// Waiting for one position after the other, within one allowance.
#include "serve/own_writes.hpp"

#include <algorithm>

#include "base/clock.hpp"
#include "model/event.hpp"

namespace signalbox::serve {

bool OwnWrites::Wait(const std::string& tenant, const std::string& user, const std::string& session,
                     const std::vector<model::LogPosition>& after, int64_t since_us) const {
  if (applier_ == nullptr) return true;
  const int64_t started_us = since_us != 0 ? since_us : MonotonicMicros();
  bool applied = true;
  const auto wait_for = [&](model::LogPosition position) {
    const int64_t passed_ms = (MonotonicMicros() - started_us) / 1000;
    const auto left_ms = static_cast<int>(std::max<int64_t>(wait_ms_ - passed_ms, 0));
    applied = applier_->WaitFor(position, left_ms) && applied;
  };
  for (const auto& position : after) wait_for(position);
  for (const std::string* id : {&user, &session}) {
    if (const auto position = Waiting(tenant, *id)) wait_for(*position);
  }
  return applied;
}

bool OwnWrites::MustWait(const std::string& tenant, const std::string& user, const std::string& session,
                         const std::vector<model::LogPosition>& after) const {
  if (applier_ == nullptr) return false;
  const auto missing = [this](model::LogPosition position) { return !applier_->WaitFor(position, 0); };
  return std::any_of(after.begin(), after.end(), missing) || Waiting(tenant, user) ||
         Waiting(tenant, session);
}

std::optional<model::LogPosition> OwnWrites::Waiting(const std::string& tenant, const std::string& id) const {
  if (recent_ == nullptr || id.empty()) return std::nullopt;
  model::LogRecord visitor;
  visitor.tenant = tenant;
  visitor.user = id;  // a user and a session of the same name share a partition, and so a key
  model::LogPosition position;
  if (!recent_->Find(model::PartitionKey(visitor), &position)) return std::nullopt;
  return position;
}

}  // namespace signalbox::serve
