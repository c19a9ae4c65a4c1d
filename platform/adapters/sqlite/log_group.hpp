// A commit group: the records of one commit, packed into one row's bytes.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ports/append_queue.hpp"
#include "ports/event_log.hpp"

namespace signalbox::sqlite {

// Records first_offset .. first_offset + records - 1, all appended at append_ms.
// payload: per record a LEB128 length and its bytes (base/bytes.hpp: Text).
struct LogGroup {
  uint64_t first_offset = 0;
  int64_t append_ms = 0;
  uint32_t records = 0;
  std::string payload;

  uint64_t end() const { return first_offset + records; }
};

// Packs the batches in order.
void PackGroup(std::span<const ports::AppendQueue::Pending> batches, LogGroup* group);

// XXH3-64 of offset, time, count and payload, so that neither can be swapped unnoticed.
uint64_t GroupChecksum(uint64_t first_offset, int64_t append_ms, uint32_t records, std::string_view payload);

// Takes records out of a packed group one after another.
class GroupCursor {
 public:
  GroupCursor() = default;
  explicit GroupCursor(LogGroup group) : group_(std::move(group)), next_(group_.first_offset) {}

  bool exhausted() const { return next_ == group_.end(); }
  uint64_t next() const { return next_; }
  // Appends the next record, or only steps over it when entries is null.
  // Requires: !exhausted(). False = the bytes do not hold it.
  bool Take(std::vector<ports::LogEntry>* entries);

 private:
  LogGroup group_;
  uint64_t next_ = 0;
  size_t position_ = 0;
};

}  // namespace signalbox::sqlite
