// Sums by key, whatever the hash does.
#include "signalbox/sparse_sums.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

namespace signalbox {
namespace {

using ::testing::ElementsAre;

TEST(SparseSumsTest, Enter_NewAndKnownKeys_NumbersThemInOrder) {
  SparseSums sums;
  sums.Reset(2);

  sums[sums.Enter(70)] += 1;
  sums[sums.Enter(7)] += 2;
  sums[sums.Enter(70)] += 4;

  EXPECT_THAT(sums.keys(), ElementsAre(70, 7));
  EXPECT_THAT(sums.sums(), ElementsAre(5, 2));
  EXPECT_EQ(sums.Find(7), 1u);
  EXPECT_EQ(sums.Find(8), SparseSums::kNone);
}

TEST(SparseSumsTest, Find_NeverReset_FindsNothing) { EXPECT_EQ(SparseSums().Find(1), SparseSums::kNone); }

TEST(SparseSumsTest, Enter_MoreThanExpected_GrowsAndResetEmpties) {
  SparseSums sums;
  std::mt19937 random(1);
  for (int round = 0; round < 3; ++round) {
    sums.Reset(4);
    std::map<uint32_t, float> expected;
    for (int i = 0; i < 5000; ++i) {
      const uint32_t key = random() % 2000 * 4096;
      expected[key] += 1;
      sums[sums.Enter(key)] += 1;
    }

    ASSERT_EQ(sums.size(), expected.size());
    for (const auto& [key, sum] : expected) EXPECT_EQ(sums[sums.Find(key)], sum);
  }
}

}  // namespace
}  // namespace signalbox
