// Buckets of four, found by hash.
#include "ingest/recent_ids.hpp"

#include <algorithm>
#include <bit>

namespace signalbox::ingest {

RecentIds::RecentIds(int64_t window_ms, size_t capacity)
    : window_ms_(window_ms),
      key_(RandomHashKey()),
      buckets_(std::bit_ceil(std::max<size_t>(capacity / std::tuple_size_v<Bucket>, 1))) {}

std::optional<model::LogPosition> RecentIds::Find(uint64_t hash, int64_t now_ms) const {
  const std::lock_guard lock(mutex_);
  for (const Entry& entry : buckets_[hash & (buckets_.size() - 1)]) {
    if (entry.hash == hash && now_ms - entry.noted_ms <= window_ms_) {
      return model::LogPosition{entry.partition, entry.offset};
    }
  }
  return std::nullopt;
}

void RecentIds::Note(uint64_t hash, model::LogPosition position, int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  Bucket& bucket = buckets_[hash & (buckets_.size() - 1)];
  auto place = std::find_if(bucket.begin(), bucket.end(),
                            [&](const Entry& entry) { return entry.hash == hash || entry.hash == 0; });
  if (place == bucket.end()) {
    place = std::min_element(bucket.begin(), bucket.end(),
                             [](const Entry& a, const Entry& b) { return a.noted_ms < b.noted_ms; });
  }
  *place = {hash, position.offset, now_ms, position.partition};
}

}  // namespace signalbox::ingest
