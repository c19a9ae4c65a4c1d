// Measures against numbers worked out by hand.
#include "train/metrics.hpp"

#include <cmath>

#include <gmock/gmock.h>

namespace signalbox::train {
namespace {

using ::testing::ElementsAre;

// Four queries: found first, found third, missed, found fifth.
const std::vector<Rank> kRanks = {1, 3, 0, 5};

TEST(Metrics, HitRate_RanksWithinK_AreCounted) {
  EXPECT_DOUBLE_EQ(HitRate(kRanks, 3), 0.5);
  EXPECT_DOUBLE_EQ(HitRate(kRanks, 10), 0.75);
  EXPECT_DOUBLE_EQ(HitRate({}, 10), 0);
}

TEST(Metrics, ReciprocalRank_ByHand) {
  EXPECT_DOUBLE_EQ(ReciprocalRank(kRanks, 3), (1.0 + 1.0 / 3) / 4);
  EXPECT_DOUBLE_EQ(ReciprocalRank(kRanks, 5), (1.0 + 1.0 / 3 + 0.2) / 4);
}

TEST(Metrics, Ndcg_ByHand) {
  // 1 / log2(2) = 1; 1 / log2(4) = 0.5; 1 / log2(6) = 0.386853.
  EXPECT_NEAR(Ndcg(kRanks, 5), (1 + 0.5 + 0.386853) / 4, 1e-6);
}

TEST(Metrics, MeasureRanking_SameSeed_SameIntervals) {
  std::vector<Rank> ranks;
  for (uint32_t i = 0; i < 400; ++i) ranks.push_back(i % 4 == 0 ? 1 : 0);
  const uint32_t ks[] = {10, 20};

  const auto first = MeasureRanking(ranks, ks, 1000, 7);
  const auto again = MeasureRanking(ranks, ks, 1000, 7);

  ASSERT_EQ(first.size(), 2u);
  EXPECT_DOUBLE_EQ(first[0].hr.value, 0.25);
  EXPECT_EQ(first[1].hr.interval.low, again[1].hr.interval.low);
  EXPECT_EQ(first[1].hr.interval.high, again[1].hr.interval.high);
  // A share of 0.25 of 400 has a standard error of sqrt(0.25 × 0.75 / 400) = 0.02165; ±1.96 of them.
  EXPECT_NEAR(first[0].hr.interval.low, 0.25 - 0.0424, 0.008);
  EXPECT_NEAR(first[0].hr.interval.high, 0.25 + 0.0424, 0.008);
}

TEST(Metrics, MeasureRanking_NoQueries_IsZero) {
  const uint32_t ks[] = {10};
  EXPECT_EQ(MeasureRanking({}, ks, 1000, 7).at(0).hr.value, 0);
}

TEST(Metrics, Gini_EvenAndUneven) {
  EXPECT_NEAR(Gini({5, 5, 5, 5}), 0, 1e-12);
  // One of four takes all: (n - 1) / n.
  EXPECT_NEAR(Gini({0, 0, 8, 0}), 0.75, 1e-12);
  EXPECT_EQ(Gini({}), 0);
}

TEST(Metrics, PopularityBands_ByThirdsOfEvents) {
  // 12 events as 5, 3, 2, 1, 1: before them lie 0 (first third), 5 (second), 8 and more (last).
  EXPECT_THAT(PopularityBands(std::vector<uint32_t>{2, 5, 3, 1, 1, 0}), ElementsAre(2, 0, 1, 2, 2, 2));
}

TEST(Metrics, Percentile_NearestRank) {
  EXPECT_EQ(Percentile({4, 1, 3, 2}, 0.5), 2);
  EXPECT_EQ(Percentile({4, 1, 3, 2}, 0.99), 4);
  EXPECT_EQ(Percentile({}, 0.5), 0);
}

}  // namespace
}  // namespace signalbox::train
