// Co-view: items that visitors look at close together, against what each item gets anyway.
#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "signalbox/fast_math.hpp"
#include "signalbox/highest.hpp"
#include "signalbox/plugin.hpp"
#include "signalbox/pooled_scratch.hpp"
#include "signalbox/sparse_sums.hpp"

namespace {

using signalbox::Item;
using signalbox::SparseSums;

constexpr char kSchema[] = R"({
    "type": "object", "additionalProperties": false,
    "properties": {
      "half_life_days": {"type": "number", "minimum": 0, "maximum": 36500, "default": 365,
        "x-signalbox": "state", "description": "After this many days an event counts half; 0 = for ever."},
      "neighbours": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 50, "x-signalbox": "state",
        "description": "Heaviest partners kept of an item."},
      "reach": {"type": "integer", "minimum": 1, "maximum": 49, "default": 10, "x-signalbox": "state",
        "description": "Last distinct items of the visitor that an event is paired with; the d-th back counts 1 / d."},
      "backward": {"type": "number", "minimum": 0, "maximum": 1, "default": 0.5, "x-signalbox": "state",
        "description": "What the way from the later item to the earlier one counts."},
      "history_items": {"type": "integer", "minimum": 1, "maximum": 50, "default": 20, "x-signalbox": "score",
        "description": "Last distinct items of the visitor that are looked up."},
      "history_power": {"type": "number", "minimum": 0, "maximum": 8, "default": 1, "x-signalbox": "score",
        "description": "The j-th last item counts (j + 1)^-this."},
      "source_power": {"type": "number", "minimum": 0, "maximum": 2, "default": 0.5, "x-signalbox": "score",
        "description": "How much the popularity of the item looked up is divided out."},
      "target_power": {"type": "number", "minimum": 0, "maximum": 2, "default": 0.2, "x-signalbox": "score",
        "description": "How much the popularity of the item found is divided out."}
    }})";

// One request's work; Begin empties it.
struct Work {
  std::vector<Item> query;  // distinct, newest first
  std::vector<signalbox::RankingRow> rows;
  std::vector<uint32_t> entries;  // of the rows' members, row by row
  SparseSums scores;              // the first entries are the query's
  std::vector<float> counts;      // decayed events by entry, then what they damp by
  std::vector<float> shares;      // what one unit of a row's weight is worth, by query item
  std::vector<uint32_t> best;
};
using Scratch = signalbox::PooledScratch<Work>;

class CoView final : public signalbox::Plugin {
 public:
  static constexpr auto kName = "co_view", kVersion = "1.0.0";
  static constexpr const char* kConfigSchema = kSchema;

  CoView(signalbox::Host host, const signalbox::Config& config)
      : host_(host),
        reach_(static_cast<size_t>(config.integer("reach"))),
        backward_(static_cast<float>(config.number("backward"))),
        history_items_(static_cast<size_t>(config.integer("history_items"))),
        history_power_(static_cast<float>(config.number("history_power"))),
        source_power_(static_cast<float>(config.number("source_power"))),
        target_power_(static_cast<float>(config.number("target_power"))) {
    for (size_t j = 0; j <= history_items_; ++j) {  // one more: a page's item
      by_rank_.push_back(std::pow(static_cast<float>(j + 1), -history_power_));
    }
    const double half_life_hours = config.number("half_life_days") * 24;
    partners_ = host.OpenRanking("partners", {.capacity = static_cast<uint32_t>(config.integer("neighbours")),
                                              .half_life_hours = half_life_hours});
    events_ = host.OpenCounter("events", {.half_life_hours = half_life_hours});
  }

  void Update(const signalbox::Events& events) override;
  std::unique_ptr<signalbox::Scratch> Begin(const signalbox::Request& request) const override;
  void Candidates(const signalbox::Request& request, signalbox::CandidateSink& sink) const override;
  void Score(const signalbox::Request& request, std::span<const Item> items,
             std::span<float> scores) const override;
  void Explain(const signalbox::Request& request, Item item,
               signalbox::Explanation& explanation) const override;

 private:
  void Pair(const signalbox::History& history, Item item, float weight, int64_t time_ms);
  void AddPair(Item key, Item member, float weight, int64_t time_ms);
  void ReadQuery(const signalbox::Request& request, std::vector<Item>* query) const;
  void Sum(const signalbox::Request& request, Work* work) const;
  std::string NameOf(Item item) const;

  signalbox::Host host_;
  signalbox::Ranking partners_;  // item -> items seen near it
  signalbox::Counter events_;    // item -> weighted events
  size_t reach_;
  float backward_;
  size_t history_items_;
  float history_power_, source_power_, target_power_;
  std::vector<float> by_rank_;  // of a query item

  std::vector<Item> keys_, members_;  // of Update, kept to save allocations
  std::vector<float> weights_;
  std::vector<int64_t> times_;
  std::vector<Item> near_;
};

// popularity^-power; an item without events has nothing to divide out.
float Damping(float popularity, float power) {
  if (!(popularity > 0) || power == 0) return 1;
  if (power == 0.5f) return 1 / std::sqrt(popularity);
  return std::pow(popularity, -power);
}

constexpr size_t kSlice = 8;  // a size that compilers turn into vectors

// counts: a slice of popularities; becomes Damping of each.
void DampSlice(float power, float* counts) {
  std::array<float, kSlice> damped;
  for (size_t i = 0; i < kSlice; ++i) {
    damped[i] = signalbox::FastExp2(-power * signalbox::FastLog2(counts[i]));
  }
  for (size_t i = 0; i < kSlice; ++i) counts[i] = counts[i] > 0 ? damped[i] : 1;
}

void CoView::Update(const signalbox::Events& events) {
  keys_.clear(), members_.clear(), weights_.clear(), times_.clear();
  for (size_t i = 0; i < events.size(); ++i) {
    Pair(events.history(i), events.items()[i], events.weights()[i], events.times_ms()[i]);
  }
  partners_.Add(keys_, members_, weights_, times_);
  events_.Add(events.items(), events.weights(), events.times_ms());
}

// Pairs an event with the visitor's last distinct items, newest first, both ways.
void CoView::Pair(const signalbox::History& history, Item item, float weight, int64_t time_ms) {
  const auto visited = history.items();
  near_.clear();
  for (size_t i = visited.size(); i > 0 && near_.size() < reach_; --i) {
    const Item other = visited[i - 1];
    if (other == item || std::find(near_.begin(), near_.end(), other) != near_.end()) continue;
    near_.push_back(other);
    const float amount = weight / static_cast<float>(near_.size());
    AddPair(other, item, amount, time_ms);
    AddPair(item, other, backward_ * amount, time_ms);
  }
}

void CoView::AddPair(Item key, Item member, float weight, int64_t time_ms) {
  if (!(weight > 0)) return;
  keys_.push_back(key);
  members_.push_back(member);
  weights_.push_back(weight);
  times_.push_back(time_ms);
}

std::unique_ptr<signalbox::Scratch> CoView::Begin(const signalbox::Request& request) const {
  auto scratch = std::make_unique<Scratch>();
  Work& work = **scratch;
  ReadQuery(request, &work.query);
  work.scores.Reset(work.query.empty() ? 0 : 1024, host_.items());
  Sum(request, &work);
  return scratch;
}

// The page's item, then the visitor's own, newest first.
void CoView::ReadQuery(const signalbox::Request& request, std::vector<Item>* query) const {
  query->clear();
  if (request.context_item() != signalbox::kNoItem) query->push_back(request.context_item());
  const auto visited = request.history().items();
  for (size_t i = visited.size(); i > 0 && query->size() < history_items_; --i) {
    if (std::find(query->begin(), query->end(), visited[i - 1]) == query->end())
      query->push_back(visited[i - 1]);
  }
}

// score(i) = n(i)^-b * sum over j of (j + 1)^-r * n(q_j)^-a * affinity(q_j, i)
void CoView::Sum(const signalbox::Request& request, Work* work) const {
  SparseSums& scores = work->scores;
  for (const Item item : work->query) scores.Enter(item);
  work->rows.clear();
  work->entries.clear();
  for (const Item item : work->query) {
    work->rows.push_back(partners_.Row(item, request.now_ms()));
    const auto members = work->rows.back().members();
    const size_t known = work->entries.size();
    work->entries.resize(known + members.size());
    scores.EnterAll(members, work->entries.data() + known);
  }
  work->counts.resize((scores.size() + kSlice - 1) / kSlice * kSlice);
  events_.Read(scores.keys(), std::span(work->counts).first(scores.size()), request.now_ms());
  work->shares.clear();
  size_t at = 0;
  for (size_t j = 0; j < work->query.size(); ++j) {
    const float share = by_rank_[j] * Damping(work->counts[j], source_power_);
    work->shares.push_back(share);
    const signalbox::RankingRow& row = work->rows[j];
    for (size_t m = 0; m < row.size(); ++m) scores[work->entries[at++]] += share * row.weight(m);
  }
  if (target_power_ == 0) return;
  for (size_t i = 0; i < work->counts.size(); i += kSlice) DampSlice(target_power_, &work->counts[i]);
  for (uint32_t entry = 0; entry < scores.size(); ++entry) scores[entry] *= work->counts[entry];
}

void CoView::Candidates(const signalbox::Request& request, signalbox::CandidateSink& sink) const {
  Work& work = **request.scratch<Scratch>();
  const signalbox::Eligible eligible = request.eligible();
  const auto items = work.scores.keys();
  auto& best = work.best;
  best.clear();
  for (uint32_t entry = 0; entry < items.size(); ++entry) {
    if (work.scores[entry] > 0 && eligible(items[entry])) best.push_back(entry);
  }
  const auto score = [&](uint32_t entry) { return work.scores[entry]; };
  best.resize(signalbox::KeepHighest(std::span(best), request.quota(), score, [&](uint32_t a, uint32_t b) {
    const float x = score(a), y = score(b);
    return x != y ? x > y : host_.Compare(items[a], items[b]) < 0;
  }));
  for (const uint32_t entry : best) sink.Add(items[entry], work.scores[entry]);
}

void CoView::Score(const signalbox::Request& request, std::span<const Item> items,
                   std::span<float> scores) const {
  (*request.scratch<Scratch>())->scores.ReadPositive(items, scores);
}

void CoView::Explain(const signalbox::Request& request, Item item,
                     signalbox::Explanation& explanation) const {
  const Work& work = **request.scratch<Scratch>();
  std::vector<std::pair<float, Item>> sources;  // what each query item gives
  for (size_t j = 0; j < work.query.size(); ++j) {
    const auto members = work.rows[j].members();
    const auto at = std::find(members.begin(), members.end(), item);
    if (at == members.end()) continue;
    const float given = work.shares[j] * work.rows[j].weight(static_cast<size_t>(at - members.begin()));
    sources.emplace_back(given, work.query[j]);
  }
  if (sources.empty()) return;
  std::stable_sort(sources.begin(), sources.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  explanation.SetReason("viewed together with " + NameOf(sources.front().second));
  for (const auto& [given, source] : sources) explanation.AddItem(source);
}

std::string CoView::NameOf(Item item) const {
  std::string_view title;
  host_.ReadTexts("title", {&item, 1}, {&title, 1});
  return std::string(title.data() != nullptr ? title : host_.Resolve(item).id);
}

}  // namespace

SIGNALBOX_PLUGIN(CoView)
