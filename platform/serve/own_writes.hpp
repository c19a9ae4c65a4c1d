// Read your own writes: an answer waits until what its visitor sent is applied.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/position.hpp"
#include "ports/applier.hpp"

namespace signalbox::serve {

inline constexpr int kWaitMs = 100;

// Threads: any. Lifetime: shorter than what it is given.
class OwnWrites {
 public:
  // applier: null = everything is applied at once. recent: null = only `after` is waited for.
  OwnWrites(ports::Applier* applier, const ports::RecentWrites* recent, int wait_ms)
      : applier_(applier), recent_(recent), wait_ms_(wait_ms) {}

  // Waits for all of `after` and for the last record of the user and of the session, which may be noted
  // under either; empty = none. False = wait_ms, for all of them together, passed first.
  // since_us: when the request began to wait, by MonotonicMicros; 0 = now.
  bool Wait(const std::string& tenant, const std::string& user, const std::string& session,
            const std::vector<model::LogPosition>& after = {}, int64_t since_us = 0) const;

  // Whether Wait with the same arguments would have something to wait for now.
  bool MustWait(const std::string& tenant, const std::string& user, const std::string& session,
                const std::vector<model::LogPosition>& after = {}) const;

 private:
  // The last record under this id that is not known to be applied.
  std::optional<model::LogPosition> Waiting(const std::string& tenant, const std::string& id) const;

  ports::Applier* applier_;
  const ports::RecentWrites* recent_;
  int wait_ms_;
};

}  // namespace signalbox::serve
