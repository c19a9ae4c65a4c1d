// Taking, renewing, letting go. One thread asks the store, which may take its time to answer; another
// one watches the clock, so that the work ends in time.
#include "process/lease_keeper.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/clock.hpp"
#include "base/log.hpp"

namespace signalbox::process {

LeaseKeeper::LeaseKeeper(ports::Leases& leases, std::string name, std::string holder,
                         std::function<void(bool)> on_change, LeaseTimes times,
                         std::function<int64_t()> now_ms)
    : leases_(leases),
      name_(std::move(name)),
      holder_(std::move(holder)),
      on_change_(std::move(on_change)),
      times_(times),
      now_ms_(now_ms ? std::move(now_ms) : [] { return MonotonicMicros() / 1000; }) {}

LeaseKeeper::~LeaseKeeper() { Stop(); }

void LeaseKeeper::Start() {
  asking_ = std::thread([this] { KeepAsking(); });
  watching_ = std::thread([this] { WatchTheClock(); });
}

void LeaseKeeper::KeepAsking() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    Step();
    lock.lock();
    wake_.wait_for(lock, std::chrono::milliseconds(times_.renew_ms), [this] { return stopping_; });
  }
}

void LeaseKeeper::WatchTheClock() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const int64_t left_ms = until_ms_ - now_ms_();
    // A lease that is not held ends no earlier than it begins, and that is Step's.
    const int64_t wait_ms = left_ms > 0 ? left_ms : times_.renew_ms;
    wake_.wait_for(lock, std::chrono::milliseconds(std::min(wait_ms, times_.ttl_ms)),
                   [this] { return stopping_; });
    if (stopping_ || HeldLocked()) continue;
    lock.unlock();
    Settle();
    lock.lock();
  }
}

void LeaseKeeper::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (asking_.joinable()) asking_.join();
  if (watching_.joinable()) watching_.join();
  const bool was_held = held();
  {
    const std::lock_guard lock(mutex_);
    until_ms_ = 0;
  }
  Settle();
  if (!was_held) return;
  if (const auto released = leases_.Release(name_, holder_); !released) {
    LogWarn("the lease could not be given up; a standby waits until it ends",
            {{"lease", name_}, {"error", released.error().message()}});
  }
}

void LeaseKeeper::Step() {
  // Counted from before the question: the store counts from after it.
  const int64_t asked_ms = now_ms_();
  const auto state = leases_.Hold(name_, holder_, times_.ttl_ms);
  {
    const std::lock_guard lock(mutex_);
    if (state && state->holder == holder_) {
      until_ms_ = asked_ms + times_.ttl_ms - times_.margin_ms;
      term_ = state->term;
    } else if (state) {
      until_ms_ = 0;
      standing_by_ = "standing by for " + state->holder;
    } else {
      standing_by_ = state.error().message();
    }
  }
  Settle();
}

void LeaseKeeper::Settle() {
  const std::lock_guard telling(telling_mutex_);
  bool now_held = false;
  {
    const std::lock_guard lock(mutex_);
    now_held = HeldLocked() && !stopping_;
  }
  if (now_held == told_) return;
  told_ = now_held;
  LogInfo(now_held ? "this process holds the lease" : "this process no longer holds the lease",
          {{"lease", name_}, {"holder", holder_}, {"term", static_cast<int64_t>(term())}});
  on_change_(now_held);
}

bool LeaseKeeper::held() const {
  const std::lock_guard lock(mutex_);
  return HeldLocked();
}

uint64_t LeaseKeeper::term() const {
  const std::lock_guard lock(mutex_);
  return term_;
}

std::string LeaseKeeper::standing_by() const {
  const std::lock_guard lock(mutex_);
  return HeldLocked() ? std::string() : standing_by_;
}

}  // namespace signalbox::process
