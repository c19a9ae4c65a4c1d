// A map per shard, emptied from the oldest note on.
#include "adapters/memory/recent_writes.hpp"

#include <algorithm>
#include <functional>

namespace signalbox::memory {
namespace {

// How many notes a shard takes before it asks what was applied meanwhile.
constexpr size_t kTrimEvery = 32;

bool IsApplied(model::LogPosition position, const model::Offsets& applied) {
  return position.partition < applied.size() && position.offset < applied[position.partition];
}

}  // namespace

RecentWrites::RecentWrites(const ports::Applier* applier, size_t capacity)
    : applier_(applier), shard_capacity_(std::max<size_t>(capacity / kShards, 1)) {}

RecentWrites::Shard& RecentWrites::ShardOf(size_t visitor) const { return shards_[visitor % kShards]; }

void RecentWrites::Note(const std::string& visitor_id, model::LogPosition position) {
  const size_t visitor = std::hash<std::string>{}(visitor_id);
  Shard& shard = ShardOf(visitor);
  std::lock_guard lock(shard.mutex);
  const auto [it, fresh] = shard.last.try_emplace(visitor, position);
  // Callbacks of one visitor's appends may be overtaken by each other.
  const bool newer = it->second.partition != position.partition || it->second.offset < position.offset;
  if (!fresh && !newer) return;
  it->second = position;
  shard.notes.emplace_back(visitor, position);
  if (++shard.since_trim < kTrimEvery && shard.notes.size() <= shard_capacity_) return;
  shard.since_trim = 0;
  Trim(shard, applier_ ? applier_->Applied() : model::Offsets(), shard_capacity_);
}

void RecentWrites::Trim(Shard& shard, const model::Offsets& applied, size_t capacity) {
  while (!shard.notes.empty()) {
    const auto& [visitor, position] = shard.notes.front();
    const auto newest = shard.last.find(visitor);
    const bool replaced = newest == shard.last.end() || !(newest->second == position);
    if (!replaced && !IsApplied(position, applied) && shard.notes.size() <= capacity) return;
    if (!replaced) shard.last.erase(newest);
    shard.notes.pop_front();
  }
}

bool RecentWrites::Find(const std::string& visitor_id, model::LogPosition* position) const {
  const size_t visitor = std::hash<std::string>{}(visitor_id);
  Shard& shard = ShardOf(visitor);
  {
    std::lock_guard lock(shard.mutex);
    const auto found = shard.last.find(visitor);
    if (found == shard.last.end()) return false;
    *position = found->second;
  }
  return !applier_ || !IsApplied(*position, applier_->Applied());
}

size_t RecentWrites::size() const {
  size_t count = 0;
  for (const Shard& shard : shards_) {
    std::lock_guard lock(shard.mutex);
    count += shard.last.size();
  }
  return count;
}

}  // namespace signalbox::memory
