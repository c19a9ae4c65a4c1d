// Teaches, asks and measures.
#include "train/evaluation.hpp"

#include <algorithm>

#include "base/clock.hpp"
#include "train/memory.hpp"

namespace signalbox::train {
namespace {

constexpr size_t kTeachBatch = 10000;
constexpr size_t kProgressQueries = 64;

// What the questions answered so far add up to, for the blend or one signal.
class Tally {
 public:
  Tally(const Plan& plan, const std::vector<uint8_t>& bands, uint32_t max_k)
      : plan_(plan), bands_(bands), max_k_(max_k), recommended_(plan.data.items.size()) {}

  void Take(const Query& query, const model::RecommendResponse& response, int64_t took_us) {
    Rank rank = 0;
    const size_t length = std::min<size_t>(response.recommendations.size(), max_k_);
    for (size_t i = 0; i < length; ++i) {
      const uint32_t item = plan_.data.items.Find(response.recommendations[i].item.id);
      if (item == Names::kNone) continue;  // of the catalogue only
      ++recommended_[item];
      popularity_ += plan_.popularity[item];
      if (item == query.truth && rank == 0) rank = static_cast<Rank>(i + 1);
    }
    places_ += length;
    degraded_ += response.degraded.empty() ? 0 : 1;
    ranks_.push_back(rank);
    times_us_.push_back(took_us);
    Count(bands_[query.truth], rank);
    if (query.history_end - query.history_begin <= 1) Count(kCold, rank);
  }

  Figures Finish(const EvaluationSettings& settings, size_t known_items) const {
    Figures figures;
    figures.ranking = MeasureRanking(ranks_, settings.ks, settings.resamples, settings.seed);
    size_t covered = 0;
    std::vector<uint64_t> counts = recommended_;
    for (const uint64_t count : recommended_) covered += count > 0;
    // Items that only the test names cannot be recommended and are no part of the catalogue.
    std::erase(counts, uint64_t{0});
    counts.resize(std::max(known_items, covered));
    const auto items = static_cast<double>(std::max<size_t>(counts.size(), 1));
    figures.coverage = static_cast<double>(covered) / items;
    figures.gini = Gini(std::move(counts));
    figures.mean_popularity =
        places_ == 0 ? 0 : static_cast<double>(popularity_) / static_cast<double>(places_);
    figures.head = Group(0);
    figures.middle = Group(1);
    figures.tail = Group(2);
    figures.cold = Group(kCold);
    figures.degraded = degraded_;
    const auto queries = static_cast<double>(std::max<size_t>(ranks_.size(), 1));
    figures.mean_length = static_cast<double>(places_) / queries;
    figures.p50_us = Percentile(times_us_, 0.5);
    figures.p99_us = Percentile(times_us_, 0.99);
    for (const int64_t time : times_us_) figures.mean_us += static_cast<double>(time) / queries;
    return figures;
  }

 private:
  static constexpr size_t kCold = 3;

  void Count(size_t group, Rank rank) {
    ++queries_[group];
    hits_[group] += rank > 0;
  }
  GroupHits Group(size_t group) const {
    const double hr =
        queries_[group] == 0 ? 0 : static_cast<double>(hits_[group]) / static_cast<double>(queries_[group]);
    return {hr, queries_[group]};
  }

  const Plan& plan_;
  const std::vector<uint8_t>& bands_;
  uint32_t max_k_;
  std::vector<uint64_t> recommended_;
  std::vector<Rank> ranks_;
  std::vector<int64_t> times_us_;
  uint64_t popularity_ = 0;
  size_t places_ = 0, degraded_ = 0;
  size_t queries_[4] = {}, hits_[4] = {};
};

void Progress(const EvaluationSettings& settings, const std::string& step, size_t done, size_t all) {
  if (settings.progress) settings.progress(step, done, all);
}

Result<void> TeachAll(Plan* plan, const EvaluationSettings& settings, const Subject& subject) {
  if (!plan->data.catalogue.empty()) {
    if (auto put = subject.put_items(std::move(plan->data.catalogue)); !put) return put;
    plan->data.catalogue.clear();
  }
  const auto& rows = plan->data.rows;
  for (size_t begin = 0; begin < rows.size(); begin += kTeachBatch) {
    std::vector<model::LogRecord> batch;
    const size_t end = std::min(rows.size(), begin + kTeachBatch);
    for (size_t i = begin; i < end; ++i) batch.push_back(plan->data.ToRecord(rows[i]));
    subject.set_now(rows[end - 1].time_ms);
    if (auto taught = subject.teach(std::move(batch)); !taught) return taught;
    Progress(settings, "teach", end, rows.size());
  }
  plan->data.rows = {};
  return {};
}

Result<Figures> Ask(const Plan& plan, const std::vector<uint8_t>& bands, const std::string& signal,
                    size_t known_items, const EvaluationSettings& settings, const Subject& subject) {
  const uint32_t max_k = settings.ks.back();
  const std::string step = signal.empty() ? "blend" : signal;
  Tally tally(plan, bands, max_k);
  for (size_t i = 0; i < plan.queries.size(); ++i) {
    model::RecommendRequest request = plan.Request(plan.queries[i]);
    request.count = max_k;
    request.scenario = settings.scenario;
    if (!signal.empty()) request.only_signals = {signal};
    subject.set_now(request.now_ms);
    const int64_t start_us = MonotonicMicros();
    const auto response = subject.recommender->Recommend(request);
    const int64_t took_us = MonotonicMicros() - start_us;
    if (!response) return Fail(response.error());
    tally.Take(plan.queries[i], *response, took_us);
    if (i % kProgressQueries == 0) Progress(settings, step, i, plan.queries.size());
  }
  Progress(settings, step, plan.queries.size(), plan.queries.size());
  return tally.Finish(settings, known_items);
}

// Items that were taught or stand in the catalogue.
size_t CountKnownItems(const Plan& plan) {
  std::vector<bool> known(plan.data.items.size());
  for (size_t i = 0; i < known.size(); ++i) known[i] = plan.popularity[i] > 0;
  for (const model::Item& item : plan.data.catalogue) known[plan.data.items.Find(item.id)] = true;
  return static_cast<size_t>(std::count(known.begin(), known.end(), true));
}

}  // namespace

Result<EvaluationReport> Evaluate(Plan* plan, const EvaluationSettings& settings, const Subject& subject) {
  if (settings.ks.empty() || !std::is_sorted(settings.ks.begin(), settings.ks.end()) ||
      settings.ks.front() < 1 || settings.ks.back() > 100) {
    return Fail(Error(Code::kInvalidArgument, "k out of range: give numbers from 1 to 100").WithField("k"));
  }
  EvaluationReport report;
  report.protocol = plan->protocol;
  report.taught_events = plan->data.rows.size();
  report.known_items = CountKnownItems(*plan);
  report.queries = plan->queries.size();
  for (const Query& query : plan->queries) report.unknown_truths += plan->popularity[query.truth] == 0;
  const std::vector<uint8_t> bands = PopularityBands(plan->popularity);

  report.rss_before_bytes = ResidentBytes();
  const int64_t start_us = MonotonicMicros();
  if (auto taught = TeachAll(plan, settings, subject); !taught) return Fail(taught.error());
  report.teach_seconds = static_cast<double>(MonotonicMicros() - start_us) / 1e6;
  report.rss_taught_bytes = ResidentBytes();

  auto blend = Ask(*plan, bands, "", report.known_items, settings, subject);
  if (!blend) return Fail(blend.error());
  report.blend = std::move(*blend);
  for (const std::string& signal : settings.signals) {
    auto alone = Ask(*plan, bands, signal, report.known_items, settings, subject);
    if (!alone) return Fail(alone.error());
    report.signals.emplace_back(signal, std::move(*alone));
  }
  report.rss_peak_bytes = std::max({PeakResidentBytes(), report.rss_taught_bytes, ResidentBytes()});
  return report;
}

}  // namespace signalbox::train
