// Port: every event for good, where people and reports can read it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "ports/event_log.hpp"

namespace signalbox::ports {

// Append-only, but for erasure. Threads: any.
// Errors of every member: kUnavailable while the store cannot be reached.
class EventArchive {
 public:
  virtual ~EventArchive() = default;

  // The offset of the partition from which to go on; 0 = nothing is kept yet.
  virtual Result<uint64_t> Next(uint32_t partition) const = 0;

  // Keeps entries of one partition, in offset order; what lies below Next is left out, so a
  // repetition adds nothing. All of them or none. A forget record erases what was kept of its user.
  // A record that cannot be decoded is kept as bytes.
  virtual Result<void> Append(uint32_t partition, const std::vector<LogEntry>& entries) = 0;

  // Entries of a partition from an offset on, at most limit; erased ones are missing.
  virtual Result<std::vector<LogEntry>> Read(uint32_t partition, uint64_t from, size_t limit) const = 0;
};

}  // namespace signalbox::ports
