// Which segment holds an offset, and which may go.
#include "adapters/sqlite/segment_list.hpp"

#include <algorithm>

#include "adapters/sqlite/log_segment.hpp"

namespace signalbox::sqlite {

SegmentList::SegmentList(std::string directory, std::vector<SegmentInfo> segments, uint64_t end)
    : directory_(std::move(directory)), segments_(std::move(segments)), end_(end) {}

ports::LogRange SegmentList::Range() const {
  std::lock_guard lock(mutex_);
  return {segments_.front().first, end_};
}

std::string SegmentList::PathOf(uint64_t first) const { return directory_ + "/" + SegmentName(first); }

Result<SegmentList::Place> SegmentList::Locate(uint64_t offset) const {
  std::lock_guard lock(mutex_);
  auto next =
      std::upper_bound(segments_.begin(), segments_.end(), offset,
                       [](uint64_t value, const SegmentInfo& segment) { return value < segment.first; });
  if (next == segments_.begin()) {
    return Fail(Error(Code::kNotFound, "offset " + std::to_string(offset) + " was dropped by retention")
                    .WithHint("start at offset " + std::to_string(segments_.front().first)));
  }
  return Place{(next - 1)->first, next == segments_.end() ? end_ : next->first, next != segments_.end()};
}

uint64_t SegmentList::WaitPast(uint64_t offset, std::chrono::milliseconds limit) const {
  std::unique_lock lock(mutex_);
  grown_.wait_for(lock, limit, [&] { return closed_ || end_ > offset; });
  return end_;
}

void SegmentList::Grow(uint64_t end, int64_t last_append_ms, uint64_t bytes) {
  {
    std::lock_guard lock(mutex_);
    end_ = end;
    segments_.back().last_append_ms = last_append_ms;
    segments_.back().bytes = bytes;
  }
  grown_.notify_all();
}

void SegmentList::Add(uint64_t first) {
  std::lock_guard lock(mutex_);
  segments_.push_back({first, segments_.back().last_append_ms, 0});
}

void SegmentList::Close() {
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
  }
  grown_.notify_all();
}

std::vector<SegmentInfo> SegmentList::Retire(uint64_t keep_from, int64_t drop_before_ms, uint64_t max_bytes) {
  std::lock_guard lock(mutex_);
  uint64_t bytes = 0;
  for (const auto& segment : segments_) bytes += segment.bytes;
  size_t count = 0;
  while (count + 1 < segments_.size() && segments_[count + 1].first <= keep_from) {
    if (segments_[count].last_append_ms >= drop_before_ms && bytes <= max_bytes) break;
    bytes -= segments_[count].bytes;
    ++count;
  }
  const auto end = segments_.begin() + static_cast<ptrdiff_t>(count);
  std::vector<SegmentInfo> retired(segments_.begin(), end);
  segments_.erase(segments_.begin(), end);
  return retired;
}

}  // namespace signalbox::sqlite
