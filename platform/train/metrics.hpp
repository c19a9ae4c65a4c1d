// What a list of answers is worth: ranking measures with intervals, and what they hide.
//
// One relevant item per query, so HR@k is recall@k, the reciprocal rank counts within the first k,
// and nDCG@k = 1 / log2(rank + 1) (Järvelin, Kekäläinen 2002).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace signalbox::train {

// The place of the held-out item, from 1; 0 = not in the list.
using Rank = uint32_t;

double HitRate(std::span<const Rank> ranks, uint32_t k);
double ReciprocalRank(std::span<const Rank> ranks, uint32_t k);
double Ndcg(std::span<const Rank> ranks, uint32_t k);

struct Interval {
  double low = 0;
  double high = 0;
};

struct Measure {
  double value = 0;
  Interval interval;  // 95 %
};

struct RankingAt {
  uint32_t k = 0;
  Measure hr, mrr, ndcg;
};

// The measures for each k with percentile bootstrap intervals (Efron 1979) over the queries:
// `resamples` draws of as many queries with replacement; the same seed gives the same intervals.
std::vector<RankingAt> MeasureRanking(std::span<const Rank> ranks, std::span<const uint32_t> ks,
                                      uint32_t resamples = 1000, uint64_t seed = 1);

// How even the recommendations are over the items: 0 = all alike, near 1 = one item takes all.
// Items never recommended count as 0s. An empty span gives 0.
double Gini(std::vector<uint64_t> counts);

// By popularity in train: the most popular items that took the first third of all events are the
// head (0), those of the second third the middle (1), the others the tail (2).
std::vector<uint8_t> PopularityBands(std::span<const uint32_t> popularity);

// The value below which `share` of the values lie (nearest rank); 0 for none.
int64_t Percentile(std::vector<int64_t> values, double share);

}  // namespace signalbox::train
