// Keeps each visitor's last accepted record in memory until it is applied.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <unordered_map>

#include "ports/applier.hpp"

namespace signalbox::memory {

// Sharded by visitor. Beyond the capacity the oldest notes are forgotten, so that their visitors'
// next request no longer waits.
// Visitors are told apart by a 64-bit hash: where two share one, the older note is forgotten early.
// Bytes: about 50 per waiting visitor, 24 per note.
class RecentWrites final : public ports::RecentWrites {
 public:
  // applier: outlives this; null = nothing is ever applied, only replaced or forgotten.
  // capacity: notes kept; one visitor's repeated notes count each until they are applied.
  explicit RecentWrites(const ports::Applier* applier, size_t capacity = 65'536);

  void Note(const std::string& visitor, model::LogPosition position) override;
  bool Find(const std::string& visitor, model::LogPosition* position) const override;

  // Visitors held, for tests and metrics.
  size_t size() const;

 private:
  static constexpr size_t kShards = 16;

  struct Shard {
    mutable std::mutex mutex;
    std::unordered_map<size_t, model::LogPosition> last;      // by visitor; guarded by mutex, as all below
    std::deque<std::pair<size_t, model::LogPosition>> notes;  // every one, oldest first
    size_t since_trim = 0;
  };
  Shard& ShardOf(size_t visitor) const;
  static void Trim(Shard& shard, const model::Offsets& applied, size_t capacity);

  const ports::Applier* const applier_;
  const size_t shard_capacity_;
  mutable std::array<Shard, kShards> shards_;
};

}  // namespace signalbox::memory
