// Ranking measures from ranks; intervals from resampled histograms of ranks.
#include "train/metrics.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

namespace signalbox::train {
namespace {

struct Values {
  double hr = 0, mrr = 0, ndcg = 0;
};

// histogram[r]: queries whose rank is r; 0 = missed.
Values Evaluate(std::span<const uint64_t> histogram, uint32_t k) {
  Values sum;
  for (uint32_t rank = 1; rank <= k && rank < histogram.size(); ++rank) {
    const auto count = static_cast<double>(histogram[rank]);
    sum.hr += count;
    sum.mrr += count / rank;
    sum.ndcg += count / std::log2(rank + 1.0);
  }
  const auto queries = static_cast<double>(std::accumulate(histogram.begin(), histogram.end(), uint64_t{0}));
  if (queries == 0) return {};
  return {sum.hr / queries, sum.mrr / queries, sum.ndcg / queries};
}

std::vector<uint64_t> Histogram(std::span<const Rank> ranks) {
  std::vector<uint64_t> histogram(1);
  for (const Rank rank : ranks) {
    if (rank >= histogram.size()) histogram.resize(rank + 1);
    ++histogram[rank];
  }
  return histogram;
}

// A number below `bound` (Lemire 2019); the bias it leaves is below bound / 2^32.
size_t Below(std::mt19937_64& random, uint64_t bound) {
  return static_cast<size_t>(((random() >> 32) * bound) >> 32);
}

Interval Middle95(std::vector<double> values) {
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  const auto at = [&](double share) {
    return values[std::min(values.size() - 1,
                           static_cast<size_t>(share * static_cast<double>(values.size())))];
  };
  return {at(0.025), at(0.975)};
}

}  // namespace

double HitRate(std::span<const Rank> ranks, uint32_t k) { return Evaluate(Histogram(ranks), k).hr; }
double ReciprocalRank(std::span<const Rank> ranks, uint32_t k) { return Evaluate(Histogram(ranks), k).mrr; }
double Ndcg(std::span<const Rank> ranks, uint32_t k) { return Evaluate(Histogram(ranks), k).ndcg; }

std::vector<RankingAt> MeasureRanking(std::span<const Rank> ranks, std::span<const uint32_t> ks,
                                      uint32_t resamples, uint64_t seed) {
  const std::vector<uint64_t> histogram = Histogram(ranks);
  struct Samples {
    std::vector<double> hr, mrr, ndcg;
  };
  std::vector<Samples> samples(ks.size());
  std::mt19937_64 random(seed);
  std::vector<uint64_t> drawn(histogram.size());
  for (uint32_t i = 0; i < resamples && !ranks.empty(); ++i) {
    std::fill(drawn.begin(), drawn.end(), 0);
    for (size_t j = 0; j < ranks.size(); ++j) ++drawn[ranks[Below(random, ranks.size())]];
    for (size_t at = 0; at < ks.size(); ++at) {
      const Values values = Evaluate(drawn, ks[at]);
      samples[at].hr.push_back(values.hr);
      samples[at].mrr.push_back(values.mrr);
      samples[at].ndcg.push_back(values.ndcg);
    }
  }
  std::vector<RankingAt> measured;
  for (size_t at = 0; at < ks.size(); ++at) {
    const Values values = Evaluate(histogram, ks[at]);
    measured.push_back({ks[at],
                        {values.hr, Middle95(std::move(samples[at].hr))},
                        {values.mrr, Middle95(std::move(samples[at].mrr))},
                        {values.ndcg, Middle95(std::move(samples[at].ndcg))}});
  }
  return measured;
}

double Gini(std::vector<uint64_t> counts) {
  std::sort(counts.begin(), counts.end());
  double sum = 0;
  double weighted = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    sum += static_cast<double>(counts[i]);
    weighted += static_cast<double>(i + 1) * static_cast<double>(counts[i]);
  }
  if (sum == 0) return 0;
  const auto n = static_cast<double>(counts.size());
  return 2 * weighted / (n * sum) - (n + 1) / n;
}

std::vector<uint8_t> PopularityBands(std::span<const uint32_t> popularity) {
  std::vector<uint32_t> order(popularity.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](uint32_t a, uint32_t b) { return popularity[a] > popularity[b]; });
  const uint64_t total = std::accumulate(popularity.begin(), popularity.end(), uint64_t{0});
  std::vector<uint8_t> bands(popularity.size(), 2);
  uint64_t before = 0;
  for (const uint32_t item : order) {
    if (popularity[item] > 0) bands[item] = static_cast<uint8_t>(std::min<uint64_t>(2, before * 3 / total));
    before += popularity[item];
  }
  return bands;
}

int64_t Percentile(std::vector<int64_t> values, double share) {
  if (values.empty()) return 0;
  const auto rank = static_cast<size_t>(std::ceil(share * static_cast<double>(values.size())));
  const size_t index = std::min(values.size(), std::max<size_t>(rank, 1)) - 1;
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(index), values.end());
  return values[index];
}

}  // namespace signalbox::train
