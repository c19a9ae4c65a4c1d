// Taking, renewing, letting go.
#include "process/lease_keeper.hpp"

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
  thread_ = std::thread([this] {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      lock.unlock();
      Step();
      lock.lock();
      wake_.wait_for(lock, std::chrono::milliseconds(times_.renew_ms), [this] { return stopping_; });
    }
  });
}

void LeaseKeeper::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  if (!held()) return;
  Change(false);
  if (const auto released = leases_.Release(name_, holder_); !released) {
    LogWarn("the lease could not be given up; a standby waits until it ends",
            {{"lease", name_}, {"error", released.error().message()}});
  }
}

void LeaseKeeper::Step() {
  // Counted from before the question: the store counts from after it.
  const int64_t asked_ms = now_ms_();
  const auto state = leases_.Hold(name_, holder_, times_.ttl_ms);
  bool hold = false;
  {
    const std::lock_guard lock(mutex_);
    if (state && state->holder == holder_) {
      until_ms_ = asked_ms + times_.ttl_ms - times_.margin_ms;
      standing_by_.clear();
    } else if (state) {
      until_ms_ = 0;
      standing_by_ = "standing by for " + state->holder;
    } else {
      standing_by_ = state.error().message();
    }
    hold = now_ms_() < until_ms_;
    if (hold) standing_by_.clear();
  }
  if (hold != held()) Change(hold);
}

bool LeaseKeeper::held() const {
  const std::lock_guard lock(mutex_);
  return held_;
}

std::string LeaseKeeper::standing_by() const {
  const std::lock_guard lock(mutex_);
  return standing_by_;
}

void LeaseKeeper::Change(bool held) {
  {
    const std::lock_guard lock(mutex_);
    held_ = held;
  }
  LogInfo(held ? "this process holds the lease" : "this process no longer holds the lease",
          {{"lease", name_}, {"holder", holder_}});
  on_change_(held);
}

}  // namespace signalbox::process
