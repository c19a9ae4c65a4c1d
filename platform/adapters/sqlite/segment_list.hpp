// The log's segments in order, shared by the writer, the readers and retention.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "ports/event_log.hpp"

namespace signalbox::sqlite {

struct SegmentInfo {
  uint64_t first = 0;
  int64_t last_append_ms = 0;  // of its last record; meaningless when empty
  uint64_t bytes = 0;
};

// Threads: every member is safe from any thread.
class SegmentList {
 public:
  // Requires: at least one; ascending. end: the log's next offset.
  SegmentList(std::string directory, std::vector<SegmentInfo> segments, uint64_t end);

  ports::LogRange Range() const;
  std::string PathOf(uint64_t first) const;

  // Where a reader at `offset` goes on: a segment and the offset up to which it holds records.
  struct Place {
    uint64_t segment_first = 0;
    uint64_t end = 0;
    bool sealed = false;  // not the newest
  };
  // Errors: kNotFound below the first offset. Requires: offset < Range().end.
  Result<Place> Locate(uint64_t offset) const;

  // Waits until there is something at `offset`, the list is closed, or time is up; returns the end.
  uint64_t WaitPast(uint64_t offset, std::chrono::milliseconds limit) const;

  // The newest segment has grown.
  void Grow(uint64_t end, int64_t last_append_ms, uint64_t bytes);
  // A new newest segment, empty, starting at the end.
  void Add(uint64_t first);
  void Close();

  // Takes segments off the front while they are too old or all together too large; never the
  // newest, never one with records at or past keep_from. Returns what to delete.
  std::vector<SegmentInfo> Retire(uint64_t keep_from, int64_t drop_before_ms, uint64_t max_bytes);

 private:
  const std::string directory_;
  mutable std::mutex mutex_;
  mutable std::condition_variable grown_;
  std::vector<SegmentInfo> segments_;  // guarded by mutex_, as all below
  uint64_t end_;
  bool closed_ = false;
};

}  // namespace signalbox::sqlite
