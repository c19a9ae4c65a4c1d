// Choosing questions, and slices of asking and teaching.
#include "train/prequential.hpp"

#include <algorithm>
#include <array>

namespace signalbox::train {
namespace {

constexpr size_t kHistory = 50;
constexpr size_t kProgressQueries = 64;

// The rows that are asked for, ascending.
std::vector<size_t> ChooseQueries(const Interactions& events, size_t limit) {
  std::vector<uint32_t> last(events.visitors.size(), Names::kNone);
  std::vector<size_t> eligible;
  for (size_t i = 0; i < events.rows.size(); ++i) {
    const Interaction& row = events.rows[i];
    uint32_t& before = last[row.visitor];
    if (i >= events.rows.size() / 4 && before != Names::kNone && before != row.item) eligible.push_back(i);
    before = row.item;
  }
  if (limit == 0 || eligible.size() <= limit) return eligible;
  std::vector<size_t> chosen;
  for (size_t i = 0; i < limit; ++i) chosen.push_back(eligible[i * eligible.size() / limit]);
  return chosen;
}

// What one recommender's answers add up to.
class Tally {
 public:
  Tally(const Interactions& events, const std::vector<uint32_t>& popularity)
      : events_(events), popularity_(popularity), recommended_(events.items.size()) {}

  void Take(uint32_t truth, uint32_t k, const model::RecommendResponse& response) {
    Rank rank = 0;
    const size_t length = std::min<size_t>(response.recommendations.size(), k);
    for (size_t i = 0; i < length; ++i) {
      const uint32_t item = events_.items.Find(response.recommendations[i].item.id);
      if (item == Names::kNone) continue;
      recommended_[item] = true;
      popular_ += popularity_[item];
      if (item == truth && rank == 0) rank = static_cast<Rank>(i + 1);
    }
    places_ += length;
    ranks_.push_back(rank);
  }

  PrequentialFigures Finish(const PrequentialSettings& settings) const {
    PrequentialFigures figures;
    const std::array<uint32_t, 1> ks = {settings.k};
    figures.ranking = MeasureRanking(ranks_, ks, settings.resamples, settings.seed).front();
    const auto covered = std::count(recommended_.begin(), recommended_.end(), true);
    figures.coverage =
        static_cast<double>(covered) / static_cast<double>(std::max<size_t>(recommended_.size(), 1));
    figures.mean_popularity = places_ == 0 ? 0 : static_cast<double>(popular_) / static_cast<double>(places_);
    return figures;
  }

 private:
  const Interactions& events_;
  const std::vector<uint32_t>& popularity_;
  std::vector<bool> recommended_;
  std::vector<Rank> ranks_;
  uint64_t popular_ = 0;
  size_t places_ = 0;
};

// Each visitor's last items, oldest first.
class Histories {
 public:
  explicit Histories(size_t visitors) : items_(visitors) {}
  void Add(const Interaction& row) {
    auto& items = items_[row.visitor];
    if (items.size() == kHistory) items.erase(items.begin());
    items.push_back(row.item);
  }
  const std::vector<uint32_t>& Of(uint32_t visitor) const { return items_[visitor]; }

 private:
  std::vector<std::vector<uint32_t>> items_;
};

Error Stopped() { return {Code::kConflict, "the backtest was stopped"}; }

}  // namespace

Result<PrequentialReport> AskThenTeach(const Interactions& events, const PrequentialSettings& settings,
                                       const PrequentialSubject& subject) {
  const std::vector<size_t> queries = ChooseQueries(events, settings.queries);
  if (queries.empty()) {
    return Fail(Error(Code::kInvalidArgument,
                      std::to_string(events.rows.size()) + " events, and none can be predicted from others")
                    .WithField("days")
                    .WithHint("replay more days"));
  }
  std::vector<uint32_t> popularity(events.items.size());
  for (const Interaction& row : events.rows) ++popularity[row.item];
  std::vector<Tally> tallies(subject.recommenders.size(), Tally(events, popularity));
  Histories histories(events.visitors.size());
  const size_t slice = std::max<size_t>(1, (events.rows.size() + settings.slices - 1) / settings.slices);
  size_t next = 0;  // in queries
  for (size_t begin = 0; begin < events.rows.size(); begin += slice) {
    const size_t end = std::min(events.rows.size(), begin + slice);
    for (size_t i = begin; i < end; ++i) {
      const Interaction& row = events.rows[i];
      if (next < queries.size() && queries[next] == i) {
        model::RecommendRequest request;
        request.scenario = settings.scenario;
        request.count = settings.k;
        request.now_ms = row.time_ms;
        for (const uint32_t item : histories.Of(row.visitor))
          request.items.push_back({std::string(model::kDefaultItemType), events.items[item]});
        request.context = request.items.back();
        subject.set_now(row.time_ms);
        for (size_t r = 0; r < tallies.size(); ++r) {
          const auto response = subject.recommenders[r]->Recommend(request);
          if (!response) return Fail(response.error());
          tallies[r].Take(row.item, settings.k, *response);
        }
        if (++next % kProgressQueries == 0 && !subject.progress("ask", next, queries.size()))
          return Fail(Stopped());
      }
      histories.Add(row);
    }
    if (next == queries.size()) break;
    std::vector<model::LogRecord> batch;
    for (size_t i = begin; i < end; ++i) batch.push_back(events.ToRecord(events.rows[i]));
    subject.set_now(events.rows[end - 1].time_ms);
    if (auto taught = subject.teach(std::move(batch)); !taught) return Fail(taught.error());
    if (!subject.progress("replay", end, events.rows.size())) return Fail(Stopped());
  }
  PrequentialReport report;
  report.events = events.rows.size();
  report.queries = queries.size();
  for (const Tally& tally : tallies) report.figures.push_back(tally.Finish(settings));
  subject.progress("ask", queries.size(), queries.size());
  return report;
}

}  // namespace signalbox::train
