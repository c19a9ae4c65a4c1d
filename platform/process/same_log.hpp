// Whether the log still holds what was applied from it.
#pragma once

#include <cstdint>

#include "ports/event_log.hpp"

namespace signalbox::process {

// Tells whether the log still holds the same entry: of a record its own checksum, of what others
// wrote that of the bytes in the log, whatever they are translated to.
uint32_t ContentChecksum(const ports::LogEntry& entry);

// How far a partition was applied.
struct AppliedMark {
  uint32_t partition = 0;
  uint64_t offset = 0;    // the next to apply
  uint32_t checksum = 0;  // of the entry before it
};

// Reads the entry before the mark again, if the log still keeps it.
// Errors: kDataLoss where the partition ends before the mark or holds another entry there, naming the
//         ways out; those of the log, such as kUnavailable, where it cannot be told.
Result<void> CheckSameLog(ports::EventLog& log, const AppliedMark& mark);

}  // namespace signalbox::process
