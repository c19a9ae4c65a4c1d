// Bounds that hold, and are close.
#include "signalbox/highest.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <random>
#include <vector>

namespace signalbox {
namespace {

float BoundOf(const std::vector<float>& values, size_t count) {
  return BoundOfHighest(values.size(), count, [&](size_t i) { return values[i]; });
}

TEST(HighestTest, BoundOfHighest_FewValues_LetsAllPass) {
  EXPECT_EQ(BoundOf({}, 3), 0);
  EXPECT_EQ(BoundOf({5, 0, 2}, 3), 0);
}

TEST(HighestTest, BoundOfHighest_PowersOfTwo_IsTheLastOfTheHighest) {
  // Of 1, 2, 4, 8 and 16 the two highest are 8 and 16.
  EXPECT_EQ(BoundOf({4, 16, 1, 8, 2}, 2), 8);
}

TEST(HighestTest, BoundOfHighest_AllEqual_LetsAllPass) {
  const std::vector<float> values(100, 0.7f);

  EXPECT_LE(BoundOf(values, 10), 0.7f);
}

TEST(HighestTest, BoundOfHighest_ZerosAmongThem_MayBeZero) { EXPECT_EQ(BoundOf({0, 0, 0, 1}, 2), 0); }

TEST(HighestTest, BoundOfHighest_RandomValues_NeverCutsOneOfTheHighest) {
  std::mt19937 random(1);
  for (int round = 0; round < 20; ++round) {
    std::vector<float> values(2000);
    for (float& value : values) value = static_cast<float>(random() % 100'000) / 1000;

    const float bound = BoundOf(values, 150);

    std::sort(values.begin(), values.end(), std::greater<>());
    EXPECT_LE(bound, values[149]);
    // Four bits of mantissa: the bound is less than a sixteenth below.
    EXPECT_GT(bound, values[149] * 15 / 16);
  }
}

}  // namespace
}  // namespace signalbox
