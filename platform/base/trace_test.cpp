// What is a trace context, and what becomes of what is none.
#include "base/trace.hpp"

#include <gtest/gtest.h>

namespace signalbox {
namespace {

const std::string kTrace = "0af7651916cd43dd8448eb211c80319c",
                  kGood = "00-" + kTrace + "-b7ad6b7169203331-01";

TEST(TraceTest, IsTraceParent_OfTheStandard_IsOne) {
  EXPECT_TRUE(IsTraceParent(kGood));
  EXPECT_TRUE(IsTraceParent("cc" + kGood.substr(2)));
  EXPECT_TRUE(IsTraceParent("cc" + kGood.substr(2) + "-what-comes-later"));
}

TEST(TraceTest, IsTraceParent_AnyFault_IsNone) {
  const std::string zeros(32, '0');
  for (const std::string& text :
       {std::string(), kGood.substr(1), kGood + "-more", "cc" + kGood.substr(2) + "more",
        "ff" + kGood.substr(2), "00-" + zeros + "-b7ad6b7169203331-01",
        "00-" + kTrace + "-0000000000000000-01", "00_" + kTrace + "-b7ad6b7169203331-01",
        "00-" + kTrace + "-B7AD6B7169203331-01", "00-" + kTrace + "-b7ad6b716920333\n-01",
        "00-" + kTrace + "-b7ad6b7169203331-0g"}) {
    EXPECT_FALSE(IsTraceParent(text)) << text;
  }
}

TEST(TraceTest, TraceParentOf_ValidIsKept_OthersAreReplacedByNewOnes) {
  EXPECT_EQ(TraceParentOf(&kGood), kGood);
  const std::string bad = "anything";
  const auto made = TraceParentOf(&bad), other = TraceParentOf(nullptr);
  EXPECT_TRUE(IsTraceParent(made)) << made;
  EXPECT_TRUE(IsTraceParent(other)) << other;
  EXPECT_NE(made, other);
  const std::string endless = "cc" + kGood.substr(2) + "-" + std::string(1000, 'x');
  EXPECT_NE(TraceParentOf(&endless), endless);
}

TEST(TraceTest, TraceIdOf_GivesTheDigitsOrNothing) {
  EXPECT_EQ(TraceIdOf(kGood), kTrace);
  EXPECT_EQ(TraceIdOf("nonsense"), "");
}

}  // namespace
}  // namespace signalbox
