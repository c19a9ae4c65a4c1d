// Time as a dependency: code that needs "now" takes a Clock, so tests and evaluation set it.
#pragma once

#include <atomic>
#include <cstdint>

namespace signalbox {

// Threads: all members are safe from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  // Unix milliseconds.
  virtual int64_t now_ms() const = 0;
};

class SystemClock final : public Clock {
 public:
  int64_t now_ms() const override;
};

// A clock that stands where it was put.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(int64_t now_ms = 0) : now_ms_(now_ms) {}
  int64_t now_ms() const override { return now_ms_.load(std::memory_order_relaxed); }
  void Set(int64_t now_ms) { now_ms_.store(now_ms, std::memory_order_relaxed); }
  void Advance(int64_t by_ms) { now_ms_.fetch_add(by_ms, std::memory_order_relaxed); }

 private:
  std::atomic<int64_t> now_ms_;
};

// Microseconds of a monotonic clock, for durations only.
int64_t MonotonicMicros();

// Microseconds that this thread has waited for a processor since it began, as the kernel accounts them
// (/proc/thread-self/schedstat); 0 where it does not. Costs 0.7 us a call, and a file that each
// calling thread keeps open.
int64_t ProcessorWaitMicros();

}  // namespace signalbox
