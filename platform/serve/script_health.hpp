// Whether a revision's script still deserves to run: its recent faults.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>

namespace signalbox::serve {

// A script is failing after 20 faults within 60 s, or when 10 of its last 1,000 calls were faults (not
// before it had so many). It stays so: a new publish makes a new object.
//
// Threads: any. Cost of a call without a fault: one atomic addition.
class ScriptHealth {
 public:
  static constexpr uint64_t kFaultsInTime = 20, kFaultsInCalls = 10, kCalls = 1000;
  static constexpr int64_t kTimeMs = 60'000;

  void Call() { calls_.fetch_add(1, std::memory_order_relaxed); }
  // True once, for the fault that makes it failing.
  bool Fault(int64_t now_ms);
  bool failing() const { return failing_.load(std::memory_order_relaxed); }

 private:
  struct Seen {
    int64_t at_ms = 0;
    uint64_t call = 0;
  };
  const Seen& Last(uint64_t back) const { return last_[(faults_ - back) % last_.size()]; }

  std::atomic<uint64_t> calls_{0};
  std::atomic<bool> failing_{false};
  std::mutex mutex_;
  std::array<Seen, kFaultsInTime> last_;  // a ring; guarded by mutex_
  uint64_t faults_ = 0;                   // guarded by mutex_
};

}  // namespace signalbox::serve
