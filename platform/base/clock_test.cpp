#include "base/clock.hpp"

#include <gtest/gtest.h>
#include <sched.h>

#include <atomic>
#include <thread>

namespace signalbox {
namespace {

void PinToOneProcessor(const cpu_set_t& one) { sched_setaffinity(0, sizeof one, &one); }

TEST(ClockTest, ProcessorWaitMicros_TwoThreadsOnOneProcessor_CountsTheOthersTime) {
  cpu_set_t allowed, one;
  ASSERT_EQ(sched_getaffinity(0, sizeof allowed, &allowed), 0);
  CPU_ZERO(&one);
  for (size_t cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&one) == 0; ++cpu) {
    if (CPU_ISSET(cpu, &allowed)) CPU_SET(cpu, &one);
  }
  std::atomic<bool> stop{false};
  std::thread rival([&] {
    PinToOneProcessor(one);
    while (!stop.load(std::memory_order_relaxed)) {
    }
  });
  int64_t waited_us = 0;
  std::thread measured([&] {
    PinToOneProcessor(one);
    // Ends as soon as the kernel has let the rival run once.
    for (int64_t start = MonotonicMicros(); waited_us == 0 && MonotonicMicros() - start < 5'000'000;) {
      waited_us = ProcessorWaitMicros();
    }
    stop = true;
  });

  measured.join();
  rival.join();

  EXPECT_GT(waited_us, 0);
}

}  // namespace
}  // namespace signalbox
