// The event ids that this process has lately accepted, to answer "duplicate".
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "base/hash.hpp"
#include "model/position.hpp"

namespace signalbox::ingest {

// Keyed 64-bit hashes of the last `capacity` client-given ids, none older than the deduplication
// window. A courtesy: what is counted once is decided where the log is applied.
//
// Threads: any. Memory: about 80 bytes an id.
class RecentIds {
 public:
  explicit RecentIds(int64_t window_ms, size_t capacity = 200'000)
      : window_ms_(window_ms), capacity_(capacity), key_(RandomHashKey()) {}

  uint64_t Hash(std::string_view tenant, std::string_view event_id) const {
    return KeyedHash(key_, tenant, event_id);
  }
  // nullopt = not seen lately.
  std::optional<model::LogPosition> Find(uint64_t hash, int64_t now_ms) const;
  void Note(uint64_t hash, model::LogPosition position, int64_t now_ms);

 private:
  struct Entry {
    model::LogPosition position;
    int64_t noted_ms;
  };

  const int64_t window_ms_;
  const size_t capacity_;
  const HashKey key_;
  mutable std::mutex mutex_;
  std::unordered_map<uint64_t, Entry> entries_;  // guarded by mutex_
  std::deque<uint64_t> order_;                   // guarded by mutex_; oldest first
};

}  // namespace signalbox::ingest
