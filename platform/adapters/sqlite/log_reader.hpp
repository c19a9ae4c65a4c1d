// Reads the event log's segments one after another.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "adapters/sqlite/log_segment.hpp"
#include "adapters/sqlite/segment_list.hpp"
#include "ports/event_log.hpp"

namespace signalbox::sqlite {

// Prefetches whole groups; holds no read transaction between calls. A segment that retention
// drops meanwhile is read to its end, for its file stays until the last one closes it.
class SqliteLogReader final : public ports::LogReader {
 public:
  SqliteLogReader(std::shared_ptr<const SegmentList> segments, std::string vfs, uint64_t offset)
      : segments_(std::move(segments)), vfs_(std::move(vfs)), next_(offset) {}

  Result<size_t> Read(size_t max_entries, int wait_ms, std::vector<ports::LogEntry>* entries) override;
  uint64_t next() const override { return next_; }

 private:
  Result<void> Prefetch(uint64_t log_end);
  Result<void> MoveTo(const SegmentList::Place& place);

  const std::shared_ptr<const SegmentList> segments_;
  const std::string vfs_;
  uint64_t next_;
  std::unique_ptr<SegmentReader> segment_;
  SegmentList::Place place_;        // of segment_; its end may have grown since
  std::vector<GroupCursor> ready_;  // prefetched, from ready_at_ on not yet given
  size_t ready_at_ = 0;
};

}  // namespace signalbox::sqlite
