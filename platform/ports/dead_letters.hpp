// Port: where records go that cannot be applied.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/position.hpp"

namespace signalbox::ports {

struct DeadLetter {
  model::LogPosition position;
  int64_t append_ms = 0;
  std::string tenant;  // empty = unreadable
  std::string signal;  // the instance that could not take it; empty = no one could
  std::string reason;
  std::string payload;       // the record's bytes
  std::string trace_parent;  // of the request that it came with; empty = unknown
};

// Threads: any.
class DeadLetters {
 public:
  virtual ~DeadLetters() = default;
  // Keeps the letter; the same position and signal again changes nothing, so a replay adds none.
  virtual Result<void> Add(const DeadLetter& letter) = 0;
  // Newest first.
  virtual Result<std::vector<DeadLetter>> List(size_t limit) const = 0;
};

}  // namespace signalbox::ports
