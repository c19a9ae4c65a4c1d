// Decides when an instance has failed too often, and says so.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>

#include "ports/metrics.hpp"
#include "signals/signal_set.hpp"

namespace signalbox::signals {

// Threads: any. Costs nothing while all goes well: quarantined() is one load.
class FaultMonitor {
 public:
  FaultMonitor(std::string signal, const SignalSetOptions& options, ports::Metrics& metrics);

  // A hook failed, threw, or gave an infinity. Counted within 60 s.
  void Fault(std::string_view hook, std::string_view what);
  // A hook took longer than the budget by the wall's clock: for the next 60 s calls are measured
  // without what the thread waited for a processor, so that a busy machine is not the signal's fault.
  void Suspect();
  bool suspected() const;
  // A hook itself took longer than the budget. Counted within 60 s.
  void Overrun(std::string_view hook, int64_t took_us);

  bool quarantined() const { return quarantined_.load(std::memory_order_acquire); }
  std::string reason() const;  // empty = not quarantined

 private:
  static constexpr int64_t kWindowUs = 60'000'000;
  void Count(std::deque<int64_t>* times, uint32_t limit, const std::string& reason);

  const std::string signal_;
  const uint32_t fault_limit_;
  const uint32_t overrun_limit_;
  const int64_t budget_us_;
  ports::Counter& faults_total_;
  ports::Counter& overruns_total_;
  ports::Gauge& quarantined_gauge_;
  std::atomic<bool> quarantined_{false};
  std::atomic<int64_t> suspected_until_us_{0};  // monotonic
  mutable std::mutex mutex_;
  std::deque<int64_t> faults_;    // guarded by mutex_; monotonic microseconds
  std::deque<int64_t> overruns_;  // guarded by mutex_
  std::string reason_;            // guarded by mutex_
};

}  // namespace signalbox::signals
