// As near to the exact values as is said.
#include "signalbox/fast_math.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace signalbox {
namespace {

TEST(FastMathTest, FastLog2_AllMagnitudes_IsNear) {
  double worst = 0;
  for (float value = 1e-37f; value < 1e38f; value *= 1.0037f) {
    const double exact = std::log2(static_cast<double>(value));
    worst = std::max(worst, std::abs(FastLog2(value) - exact) / std::max(1.0, std::abs(exact)));
  }

  EXPECT_LT(worst, 3e-7);
  EXPECT_EQ(FastLog2(1), 0);
  EXPECT_EQ(FastLog2(1024), 10);
}

TEST(FastMathTest, FastExp2_AllMagnitudes_IsNear) {
  double worst = 0;
  for (float power = -126; power <= 126; power += 0.0137f) {
    const double exact = std::exp2(static_cast<double>(power));
    worst = std::max(worst, std::abs(FastExp2(power) - exact) / exact);
  }

  EXPECT_LT(worst, 3e-7);
  EXPECT_EQ(FastExp2(0), 1);
  EXPECT_EQ(FastExp2(-3), 0.125f);
}

TEST(FastMathTest, FastExp2_PastTheRange_StaysFinite) {
  EXPECT_EQ(FastExp2(1000), FastExp2(126));
  EXPECT_EQ(FastExp2(-1000), FastExp2(-126));
}

}  // namespace
}  // namespace signalbox
