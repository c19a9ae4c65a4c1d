// The event ids that this process has lately accepted, to answer "duplicate".
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include "base/hash.hpp"
#include "model/position.hpp"

namespace signalbox::ingest {

// Keyed 64-bit hashes of client-given ids, none older than the deduplication window. When a
// bucket is full its oldest id makes room, so about the last `capacity` are known. A courtesy:
// what is counted once is decided where the log is applied.
//
// Threads: any. Memory: 32 bytes of capacity, taken at construction.
class RecentIds {
 public:
  // capacity is rounded up to a power of two, at least one bucket.
  explicit RecentIds(int64_t window_ms, size_t capacity = size_t{1} << 18);

  // Never 0.
  uint64_t Hash(std::string_view tenant, std::string_view event_id) const {
    return KeyedHash(key_, tenant, event_id);
  }
  // nullopt = not seen lately.
  std::optional<model::LogPosition> Find(uint64_t hash, int64_t now_ms) const;
  void Note(uint64_t hash, model::LogPosition position, int64_t now_ms);

 private:
  struct Entry {
    uint64_t hash = 0;  // 0 = free
    uint64_t offset = 0;
    int64_t noted_ms = 0;
    uint32_t partition = 0;
  };
  using Bucket = std::array<Entry, 4>;

  const int64_t window_ms_;
  const HashKey key_;
  mutable std::mutex mutex_;
  std::vector<Bucket> buckets_;  // guarded by mutex_; a power of two of them
};

}  // namespace signalbox::ingest
