// The cache's bound, and the limiter's.
#include "adapters/memory/memory_cache.hpp"

#include <string>

#include <gtest/gtest.h>

namespace signalbox::memory {
namespace {

TEST(MemoryCacheTest, Put_BeyondTheBound_ForgetsWhatWasUsedLongestAgo) {
  const ManualClock clock(1000);
  MemoryCache cache(clock, 1 << 20);
  cache.Put("kept", "value", 60'000);

  for (int i = 0; i < 20'000; ++i) {
    cache.Put("other" + std::to_string(i), std::string(100, 'x'), 60'000);
    if (i % 50 == 0) {
      ASSERT_TRUE(cache.Get("kept")) << i;
    }
  }

  EXPECT_LE(cache.bytes(), uint64_t{1} << 20);
  EXPECT_FALSE(cache.Get("other0"));
  EXPECT_TRUE(cache.Get("other19999"));
}

TEST(MemoryCacheTest, Put_ValueOverAShare_IsNotKeptAndEndsTheFormerOne) {
  const ManualClock clock(1000);
  MemoryCache cache(clock, 1 << 20);
  cache.Put("key", "small", 60'000);

  cache.Put("key", std::string(1 << 17, 'x'), 60'000);

  EXPECT_FALSE(cache.Get("key"));
  EXPECT_EQ(cache.bytes(), 0u);
}

TEST(MemoryRateLimiterTest, Allow_MoreKeysThanItKeeps_ForgetsEndedWindowsFirst) {
  ManualClock clock(0);
  MemoryRateLimiter limiter(clock, 1600);
  for (int i = 0; i < 1400; ++i) limiter.Allow("old" + std::to_string(i), 1, 1000);
  clock.Set(900);
  EXPECT_TRUE(limiter.Allow("running", 1, 60'000));
  clock.Set(1000);

  for (int i = 0; i < 1200; ++i) limiter.Allow("new" + std::to_string(i), 1, 1000);

  EXPECT_FALSE(limiter.Allow("running", 1, 60'000));
}

}  // namespace
}  // namespace signalbox::memory
