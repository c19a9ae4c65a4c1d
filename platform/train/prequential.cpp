// Choosing questions, and teaching up to each of them.
#include "train/prequential.hpp"

#include <algorithm>
#include <array>

namespace signalbox::train {
namespace {

constexpr size_t kProgressQueries = 64;
// Taught at once, where no question comes between them.
constexpr size_t kTeachRows = 1000;

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

Error Stopped() { return {Code::kConflict, "the backtest was stopped"}; }

// Goes through the events once, from question to question.
class Walk {
 public:
  Walk(const Interactions& events, const PrequentialSettings& settings, const PrequentialSubject& subject,
       std::vector<Tally>* tallies)
      : events_(events),
        settings_(settings),
        subject_(subject),
        tallies_(*tallies),
        last_(events.visitors.size(), Names::kNone) {}

  Result<void> TeachUpTo(size_t end) {
    while (taught_ < end) {
      const size_t upto = std::min(end, taught_ + kTeachRows);
      std::vector<model::LogRecord> batch;
      for (; taught_ < upto; ++taught_) {
        const Interaction& row = events_.rows[taught_];
        batch.push_back(events_.ToRecord(row));
        last_[row.visitor] = row.item;
      }
      subject_.set_now(events_.rows[upto - 1].time_ms);
      if (auto taught = subject_.teach(std::move(batch)); !taught) return taught;
      if (upto % kTeachRows == 0 && !subject_.progress("replay", upto, events_.rows.size()))
        return Fail(Stopped());
    }
    return {};
  }

  // Requires: taught up to the row.
  Result<void> Ask(size_t at) {
    const Interaction& row = events_.rows[at];
    model::RecommendRequest request;
    request.scenario = settings_.scenario;
    request.count = settings_.k;
    request.now_ms = row.time_ms;
    (row.session ? request.session : request.user) = events_.visitors[row.visitor];
    request.context = model::ItemKey{std::string(model::kDefaultItemType), events_.items[last_[row.visitor]]};
    subject_.set_now(row.time_ms);
    for (size_t r = 0; r < tallies_.size(); ++r) {
      const auto response = subject_.recommenders[r]->Recommend(request);
      if (!response) return Fail(response.error());
      tallies_[r].Take(row.item, settings_.k, *response);
    }
    return {};
  }

 private:
  const Interactions& events_;
  const PrequentialSettings& settings_;
  const PrequentialSubject& subject_;
  std::vector<Tally>& tallies_;
  std::vector<uint32_t> last_;  // item of each visitor
  size_t taught_ = 0;
};

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
  Walk walk(events, settings, subject, &tallies);
  for (size_t i = 0; i < queries.size(); ++i) {
    if (auto taught = walk.TeachUpTo(queries[i]); !taught) return Fail(taught.error());
    if (auto asked = walk.Ask(queries[i]); !asked) return Fail(asked.error());
    if ((i + 1) % kProgressQueries == 0 && !subject.progress("ask", i + 1, queries.size()))
      return Fail(Stopped());
  }
  PrequentialReport report;
  report.events = events.rows.size();
  report.queries = queries.size();
  for (const Tally& tally : tallies) report.figures.push_back(tally.Finish(settings));
  subject.progress("ask", queries.size(), queries.size());
  return report;
}

}  // namespace signalbox::train
