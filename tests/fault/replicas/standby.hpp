// Two process nodes that know of each other.
#pragma once

#include <memory>

#include "cluster.hpp"

namespace signalbox::fault {

inline constexpr const char* kProcessRoles = "[process,ingest,recommend,admin]";
inline constexpr int kTakeOverMs = 10'000;

class StandbyTest : public ClusterTest {
 protected:
  // The one that holds the lease, and then the other one.
  void StartBoth() {
    active_ = Start("process-a", kProcessRoles);
    ASSERT_LE(TimeUntilRole(*active_, "active", kTakeOverMs), kTakeOverMs) << active_->log();
    standby_ = Start("process-b", kProcessRoles);
  }
  std::unique_ptr<harness::ServerProcess> active_, standby_;
};

}  // namespace signalbox::fault
