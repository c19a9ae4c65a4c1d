// The same as sorting gives.
#include "signalbox/highest.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <random>
#include <vector>

namespace signalbox {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

std::vector<float> Highest(std::vector<float> values, size_t count) {
  const size_t kept = KeepHighest(
      std::span(values), count, [](float value) { return value; }, std::greater<>());
  values.resize(kept);
  return values;
}

TEST(HighestTest, KeepHighest_NoMoreThanWanted_KeepsAllAsTheyAre) {
  EXPECT_THAT(Highest({}, 3), IsEmpty());
  EXPECT_THAT(Highest({5, 0, 2}, 3), ElementsAre(5, 0, 2));
}

TEST(HighestTest, KeepHighest_NoneWanted_KeepsNone) { EXPECT_THAT(Highest({5, 0, 2}, 0), IsEmpty()); }

TEST(HighestTest, KeepHighest_ValuesFarApart_KeepsTheHighest) {
  EXPECT_THAT(Highest({4, 16, 1, 8, 2}, 2), UnorderedElementsAre(16, 8));
  EXPECT_THAT(Highest({0, 0, 0, 1}, 2), UnorderedElementsAre(1, 0));
}

TEST(HighestTest, KeepHighest_AllEqual_BetterDecides) {
  // Values are alike; the smaller number is the better.
  std::vector<uint32_t> entries = {7, 3, 9, 1, 8, 2};

  const size_t kept = KeepHighest(
      std::span(entries), 3, [](uint32_t) { return 0.7f; }, std::less<>());
  entries.resize(kept);

  EXPECT_THAT(entries, UnorderedElementsAre(1, 2, 3));
}

TEST(HighestTest, KeepHighest_RandomValues_KeepsWhatSortingWould) {
  std::mt19937 random(1);
  for (int round = 0; round < 20; ++round) {
    std::vector<float> values(2000);
    for (float& value : values) value = static_cast<float>(random() % 100'000) / 1000;

    auto highest = Highest(values, 150);

    std::sort(highest.begin(), highest.end(), std::greater<>());
    std::sort(values.begin(), values.end(), std::greater<>());
    values.resize(150);
    EXPECT_EQ(highest, values);
  }
}

}  // namespace
}  // namespace signalbox
