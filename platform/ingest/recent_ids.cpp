// A map and the order of arrival.
#include "ingest/recent_ids.hpp"

namespace signalbox::ingest {

std::optional<model::LogPosition> RecentIds::Find(uint64_t hash, int64_t now_ms) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(hash);
  if (found == entries_.end() || now_ms - found->second.noted_ms > window_ms_) return std::nullopt;
  return found->second.position;
}

void RecentIds::Note(uint64_t hash, model::LogPosition position, int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  const auto [entry, fresh] = entries_.insert_or_assign(hash, Entry{position, now_ms});
  if (!fresh) return;
  order_.push_back(hash);
  if (order_.size() <= capacity_) return;
  entries_.erase(order_.front());
  order_.pop_front();
}

}  // namespace signalbox::ingest
