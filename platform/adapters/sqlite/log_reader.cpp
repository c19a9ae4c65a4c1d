// Prefetch, then hand out.
#include "adapters/sqlite/log_reader.hpp"

#include <algorithm>

namespace signalbox::sqlite {
namespace {
// Large enough that a statement's fixed cost vanishes, small enough for two hundred readers.
constexpr size_t kPrefetchBytes = size_t{256} << 10;
}  // namespace

Result<size_t> SqliteLogReader::Read(size_t max_entries, int wait_ms, std::vector<ports::LogEntry>* entries) {
  size_t count = 0;
  while (count < max_entries) {
    if (ready_at_ == ready_.size()) {
      // Waits only for the first entry.
      const auto limit = std::chrono::milliseconds(count == 0 ? wait_ms : 0);
      const uint64_t log_end = segments_->WaitPast(next_, limit);
      if (log_end <= next_) break;
      if (const auto fetched = Prefetch(log_end); !fetched) {
        // What was read before the damage is given first; the next call meets it again.
        if (count > 0) break;
        return Fail(fetched.error());
      }
    }
    GroupCursor& group = ready_[ready_at_];
    if (group.next() > next_ || !group.Take(group.next() == next_ ? entries : nullptr)) {
      return Fail(
          Error(Code::kDataLoss, segment_->path() + ": a group does not hold offset " + std::to_string(next_))
              .WithHint("the file is damaged; restore it from a backup"));
    }
    if (group.next() > next_) {
      ++next_;
      ++count;
    }
    if (group.exhausted()) ++ready_at_;
  }
  return count;
}

Result<void> SqliteLogReader::Prefetch(uint64_t log_end) {
  ready_.clear();
  ready_at_ = 0;
  if (!segment_ || next_ >= place_.end || place_.segment_first > next_) {
    const auto place = segments_->Locate(next_);
    if (!place) return Fail(place.error());
    if (auto moved = MoveTo(*place); !moved) return moved;
  }
  std::vector<LogGroup> groups;
  const auto read = segment_->ReadGroups(next_, std::min(place_.end, log_end), kPrefetchBytes, &groups);
  if (!read) {
    segment_.reset();
    return read;
  }
  if (groups.empty()) {
    const std::string path = segment_->path();
    segment_.reset();
    return Fail(Error(Code::kDataLoss, path + ": offset " + std::to_string(next_) + " is missing")
                    .WithHint("the file is damaged; restore it from a backup"));
  }
  ready_.reserve(groups.size());
  for (auto& group : groups) ready_.emplace_back(std::move(group));
  return {};
}

Result<void> SqliteLogReader::MoveTo(const SegmentList::Place& place) {
  if (segment_ && place_.segment_first == place.segment_first) {
    place_ = place;
    return {};
  }
  auto opened = SegmentReader::Open(segments_->PathOf(place.segment_first), place.sealed, vfs_);
  if (!opened) {
    // Retention may have dropped it since Locate.
    const auto again = segments_->Locate(next_);
    return Fail(again ? opened.error() : again.error());
  }
  segment_ = std::move(*opened);
  place_ = place;
  return {};
}

}  // namespace signalbox::sqlite
