// Holds a lease for as long as the process can renew it: one of several does the work, the others
// stand by.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "ports/lease.hpp"

namespace signalbox::process {

// A standby takes over at the latest ttl_ms + renew_ms after the holder's last renewal.
struct LeaseTimes {
  int64_t ttl_ms = 7000;
  int64_t renew_ms = 1000;
  // The holder stops so long before the store would give the lease away.
  int64_t margin_ms = 1000;
};

// Threads: Start and Stop from the owner, the rest from any. on_change runs on a thread of the
// keeper's, one call at a time.
class LeaseKeeper {
 public:
  // on_change(held): told when it begins to be held and when it ends, also when the store is away
  // for longer than the lease lasts, or does not answer. Lifetime: leases outlives this.
  // now_ms: of a clock that never jumps.
  LeaseKeeper(ports::Leases& leases, std::string name, std::string holder,
              std::function<void(bool held)> on_change, LeaseTimes times = {},
              std::function<int64_t()> now_ms = nullptr);
  ~LeaseKeeper();

  void Start();
  // Ends the work, then gives the lease up, so that a standby need not wait. Idempotent.
  void Stop();

  // One attempt to take or renew; what a thread does every renew_ms.
  void Step();

  // By the clock: false from the margin on, whatever on_change still does.
  bool held() const;
  // Of the lease as it was last held: one more for every new holder. 0 = never held.
  uint64_t term() const;
  // Empty while it is held; else who has it, or why that is not known. For readiness.
  std::string standing_by() const;

 private:
  bool HeldLocked() const { return now_ms_() < until_ms_; }
  // Tells on_change what the clock and the last answer say, if that is news.
  void Settle();
  void KeepAsking();
  void WatchTheClock();

  ports::Leases& leases_;
  const std::string name_, holder_;
  const std::function<void(bool)> on_change_;
  const LeaseTimes times_;
  const std::function<int64_t()> now_ms_;

  std::mutex telling_mutex_;  // held while on_change runs; taken before mutex_
  bool told_ = false;         // guarded by telling_mutex_

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  bool stopping_ = false;
  int64_t until_ms_ = 0;
  uint64_t term_ = 0;
  std::string standing_by_ = "not asked yet";
  std::thread asking_, watching_;  // the owner's
};

}  // namespace signalbox::process
