// Port: a named lease, so that of several processes one does the work and another takes over.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace signalbox::ports {

struct LeaseState {
  std::string holder;
  uint64_t term = 0;         // one more for every new holder
  int64_t remaining_ms = 0;  // by the store's clock; above 0
};

// Time is the store's alone: the clocks of the processes do not matter.
// Threads: every member is safe from any thread. Errors of every member: kUnavailable.
class Leases {
 public:
  virtual ~Leases() = default;

  // Takes the lease, or renews it, for ttl_ms from now, unless another holds it; whoever holds it then.
  // holder: unique to the process, also across its restarts.
  virtual Result<LeaseState> Hold(std::string_view name, std::string_view holder, int64_t ttl_ms) = 0;

  // Ends it at once if the holder has it; else changes nothing.
  virtual Result<void> Release(std::string_view name, std::string_view holder) = 0;

  // nullopt = nobody holds it.
  virtual Result<std::optional<LeaseState>> Find(std::string_view name) const = 0;
};

}  // namespace signalbox::ports
