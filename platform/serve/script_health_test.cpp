// When a script is failing.
#include "serve/script_health.hpp"

#include <gtest/gtest.h>

namespace signalbox::serve {
namespace {

TEST(ScriptHealthTest, Fault_TwentyWithinAMinute_IsFailingOnce) {
  ScriptHealth health;
  for (int i = 0; i < 19; ++i) {
    health.Call();
    EXPECT_FALSE(health.Fault(i * 3'000));
  }

  EXPECT_TRUE(health.Fault(59'999));
  EXPECT_TRUE(health.failing());
  EXPECT_FALSE(health.Fault(60'000));
}

TEST(ScriptHealthTest, Fault_TwentyInLongerThanAMinute_IsNotFailing) {
  ScriptHealth health;
  for (int i = 0; i < 100; ++i) {
    health.Call();
    EXPECT_FALSE(health.Fault(i * 3'200));  // twenty of these take 60.8 s
  }
}

TEST(ScriptHealthTest, Fault_OneInAHundredOfAThousandCalls_IsFailing) {
  ScriptHealth health;
  int64_t now_ms = 0;
  int fault = 0;
  for (int call = 1; call <= 1'000; ++call, now_ms += 10'000) {
    health.Call();
    if (call % 100 != 0) continue;
    // The tenth fault is the thousandth call.
    EXPECT_EQ(health.Fault(now_ms), ++fault == 10) << call;
  }
  EXPECT_TRUE(health.failing());
}

TEST(ScriptHealthTest, Fault_LessThanOneInAHundred_IsNotFailing) {
  ScriptHealth health;
  int64_t now_ms = 0;
  for (int call = 1; call <= 5'000; ++call, now_ms += 10'000) {
    health.Call();
    if (call % 112 == 0) {
      EXPECT_FALSE(health.Fault(now_ms)) << call;  // ten span 1,008 calls
    }
  }
  EXPECT_FALSE(health.failing());
}

}  // namespace
}  // namespace signalbox::serve
