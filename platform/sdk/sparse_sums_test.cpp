// Sums by key, whatever the hash does.
#include "signalbox/sparse_sums.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <vector>

namespace signalbox {
namespace {

using ::testing::ElementsAre;

// Keys of a small range are found by an array, others by hashing.
class SparseSumsTest : public ::testing::TestWithParam<uint64_t> {};
INSTANTIATE_TEST_SUITE_P(KeysBelow, SparseSumsTest, ::testing::Values(0, 100, 8192, UINT32_MAX));

TEST_P(SparseSumsTest, Enter_NewAndKnownKeys_NumbersThemInOrder) {
  SparseSums sums;
  sums.Reset(2, GetParam());

  sums[sums.Enter(70)] += 1;
  sums[sums.Enter(7)] += 2;
  sums[sums.Enter(70)] += 4;

  EXPECT_THAT(sums.keys(), ElementsAre(70, 7));
  EXPECT_THAT(sums.sums(), ElementsAre(5, 2));
  EXPECT_EQ(sums.Find(7), 1u);
  EXPECT_EQ(sums.Find(8), SparseSums::kNone);
  EXPECT_EQ(sums.Find(4'000'000'000), SparseSums::kNone);
}

TEST_P(SparseSumsTest, EnterAll_RepeatedKeys_GivesEachItsEntry) {
  SparseSums sums;
  sums.Reset(2, GetParam());
  sums.Enter(70);
  const std::vector<uint32_t> keys = {7, 70, 7, 9};
  std::vector<uint32_t> entries(keys.size());

  sums.EnterAll(keys, entries.data());
  sums.AddAll(keys, 2);

  EXPECT_THAT(entries, ElementsAre(1, 0, 1, 2));
  EXPECT_THAT(sums.sums(), ElementsAre(2, 4, 2));
}

TEST_P(SparseSumsTest, ReadPositive_SomeKeys_LeavesTheOthersAlone) {
  SparseSums sums;
  sums.Reset(2, GetParam());
  sums[sums.Enter(7)] = 3;
  sums.Enter(9);
  std::vector<float> scores = {-1, -1, -1};

  sums.ReadPositive(std::vector<uint32_t>{9, 7, 8}, scores);

  EXPECT_THAT(scores, ElementsAre(-1, 3, -1));
}

TEST_P(SparseSumsTest, Enter_MoreThanExpected_GrowsAndResetEmpties) {
  SparseSums sums;
  std::mt19937 random(1);
  for (int round = 0; round < 3; ++round) {
    sums.Reset(4, GetParam());
    std::map<uint32_t, float> expected;
    for (int i = 0; i < 5000; ++i) {
      const uint32_t key = random() % 2000 * 4;
      expected[key] += 1;
      sums[sums.Enter(key)] += 1;
    }

    ASSERT_EQ(sums.size(), expected.size());
    for (const auto& [key, sum] : expected) EXPECT_EQ(sums[sums.Find(key)], sum);
  }
}

TEST_P(SparseSumsTest, Enter_KeysFarPastTheRange_KeepsAllSums) {
  SparseSums sums;
  sums.Reset(4, GetParam());
  std::vector<uint32_t> keys;
  for (uint32_t i = 0; i < 1000; ++i) keys.push_back(i * 4001);  // the first few in any range

  sums.AddAll(std::span(keys).first(3), 1);
  sums.AddAll(std::span(keys).first(40), 1);
  sums.AddAll(keys, 1);

  ASSERT_EQ(sums.size(), keys.size());
  EXPECT_EQ(sums[sums.Find(keys[0])], 3);
  EXPECT_EQ(sums[sums.Find(keys[39])], 2);
  EXPECT_EQ(sums[sums.Find(keys[999])], 1);
}

TEST(SparseSumsFindTest, Find_NeverReset_FindsNothing) { EXPECT_EQ(SparseSums().Find(1), SparseSums::kNone); }

TEST(SparseSumsResetTest, Reset_OtherKindsOfRanges_IsEmptyEachTime) {
  SparseSums sums;
  for (const uint64_t range : {100u, UINT32_MAX, 50u, UINT32_MAX, 8192u}) {
    sums.Reset(4, range);
    EXPECT_EQ(sums.Find(7), SparseSums::kNone);
    sums[sums.Enter(7)] += 1;
    sums[sums.Enter(40)] += 1;
    EXPECT_THAT(sums.sums(), ElementsAre(1, 1));
  }
}

}  // namespace
}  // namespace signalbox
