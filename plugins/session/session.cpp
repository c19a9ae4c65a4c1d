// Session: what similar visits went on to, by VMIS-kNN kept up to date with every event.
#include <algorithm>
#include <bit>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "neighbours.hpp"
#include "signalbox/highest.hpp"
#include "signalbox/plugin.hpp"
#include "signalbox/pooled_scratch.hpp"
#include "visit_index.hpp"

namespace signalbox::session {

namespace {

constexpr char kSchema[] = R"({
    "type": "object", "additionalProperties": false,
    "properties": {
      "items_per_session": {"type": "integer", "minimum": 2, "maximum": 255, "default": 30,
        "x-signalbox": "state", "description": "Distinct items kept of a session; the least recent goes first."},
      "sessions_per_item": {"type": "integer", "minimum": 1, "maximum": 10000, "default": 500,
        "x-signalbox": "state", "description": "Newest sessions kept of an item (m of VMIS-kNN)."},
      "max_sessions": {"type": "integer", "minimum": 1024, "maximum": 268435456, "default": 4194304,
        "x-signalbox": "state",
        "description": "Sessions kept, rounded up to a power of two; the one begun first is dropped."},
      "query": {"type": "string", "enum": ["session", "history"], "default": "session", "x-signalbox": "score",
        "description": "What stands for the visitor: the current session (else the last), or the whole history."},
      "query_items": {"type": "integer", "minimum": 1, "maximum": 50, "default": 10, "x-signalbox": "score",
        "description": "Newest distinct items that are looked up."},
      "neighbours": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100, "x-signalbox": "score",
        "description": "Most similar sessions that are used (k of VMIS-kNN)."},
      "scan_budget": {"type": "integer", "minimum": 1, "maximum": 100000, "default": 2000, "x-signalbox": "score",
        "description": "Session entries looked at before the search stops early."},
      "query_decay": {"type": "number", "minimum": 0, "default": 2, "x-signalbox": "score",
        "description": "An item j steps back counts exp(-j / this) in the search; 0 = all alike."},
      "idf_power": {"type": "number", "minimum": 0, "maximum": 4, "default": 2, "x-signalbox": "score",
        "description": "How much a rare item counts more in the search."},
      "recency_days": {"type": "number", "minimum": 0, "default": 30, "x-signalbox": "score",
        "description": "A session this old counts half, one twice as old a third; 0 = age does not matter."},
      "matches": {"type": "string", "enum": ["best", "sum"], "default": "best", "x-signalbox": "score",
        "description": "An item near several matches takes the best, or their sum."},
      "match_decay": {"type": "number", "minimum": 0, "default": 6, "x-signalbox": "score",
        "description": "A match with the item j steps back counts exp(-j / this); 0 = all alike."},
      "distance_decay": {"type": "number", "minimum": 0, "default": 6, "x-signalbox": "score",
        "description": "An item d places from a match counts exp(-(d - 1) / this); 0 = all alike."},
      "backward": {"type": "number", "minimum": 0, "maximum": 1, "default": 1, "x-signalbox": "score",
        "description": "What an item before a match counts, next to one after it."},
      "same_item": {"type": "number", "minimum": 0, "maximum": 1, "default": 0.3, "x-signalbox": "score",
        "description": "What the matched item itself counts."},
      "item_idf_power": {"type": "number", "minimum": 0, "maximum": 4, "default": 0.5, "x-signalbox": "score",
        "description": "How much a rare item's score is raised."},
      "current_item": {"type": "number", "minimum": 0, "maximum": 1, "default": 0, "x-signalbox": "score",
        "description": "What similar sessions may say for the current item again."},
      "earlier_items": {"type": "number", "minimum": 0, "maximum": 1, "default": 1, "x-signalbox": "score",
        "description": "What similar sessions may say for items seen before the current one."},
      "repeat_weight": {"type": "number", "minimum": 0, "default": 2, "x-signalbox": "score",
        "description": "Weight of the learnt chance of going back to a seen item; 0 = off."},
      "revisit_weight": {"type": "number", "minimum": 0, "default": 1, "x-signalbox": "score",
        "description": "The same for items before the current one, times repeat_weight."},
      "repeat_smoothing": {"type": "number", "minimum": 0.001, "default": 20, "x-signalbox": "score",
        "description": "Chances seen before a situation's rate of going back is believed."},
      "repeat_item_prior": {"type": "number", "minimum": 0.001, "default": 80, "x-signalbox": "score",
        "description": "Events seen before an item's own rate of being repeated is believed."}
    }})";

IndexLimits LimitsFrom(const Config& config) {
  IndexLimits limits;
  limits.items_per_session = static_cast<uint32_t>(config.integer("items_per_session"));
  limits.sessions_per_item = static_cast<uint32_t>(config.integer("sessions_per_item"));
  limits.max_sessions = std::bit_ceil(static_cast<uint32_t>(config.integer("max_sessions")));
  return limits;
}

}  // namespace

class Session final : public Plugin {
 public:
  static constexpr auto kName = "session", kVersion = "1.0.0";
  static constexpr const char* kConfigSchema = kSchema;

  Session(Host host, const Config& config)
      : host_(host), index_(LimitsFrom(config)), scorer_(Weights::From(config)) {}

  void Update(const Events& events) override {
    for (size_t i = 0; i < events.size(); ++i) {
      index_.Learn(events.sessions()[i], events.users()[i], events.items()[i], events.times_ms()[i]);
    }
  }

  std::unique_ptr<Scratch> Begin(const Request& request) const override {
    auto work = std::make_unique<Work>();
    scorer_.Run(index_, request, host_.items(), &**work);
    return work;
  }
  void Candidates(const Request& request, CandidateSink& sink) const override;
  void Score(const Request& request, std::span<const Item> items, std::span<float> scores) const override {
    (*request.scratch<Work>())->scores.ReadPositive(items, scores);
  }
  void Explain(const Request& request, Item item, Explanation& explanation) const override;

  std::unique_ptr<FrozenState> Freeze() override { return index_.Freeze(); }
  void Restore(uint32_t, Reader& reader) override { index_.Restore(reader, host_.items()); }
  void Export(ExportLines& lines) const override { index_.Export(host_, lines); }
  void Forget(uint64_t user) override { index_.Forget(user); }

 private:
  using Work = PooledScratch<Scorer::Work>;

  Host host_;
  VisitIndex index_;
  Scorer scorer_;
};

void Session::Candidates(const Request& request, CandidateSink& sink) const {
  Scorer::Work& work = **request.scratch<Work>();
  const Eligible eligible = request.eligible();
  auto& best = work.entries;
  best.clear();
  for (uint32_t entry = 0; entry < work.scores.size(); ++entry) {
    if (work.scores[entry] > 0 && eligible(work.scores.keys()[entry])) best.push_back(entry);
  }
  const auto score = [&](uint32_t entry) { return work.scores[entry]; };
  best.resize(KeepHighest(std::span(best), request.quota(), score, [&](uint32_t a, uint32_t b) {
    const float x = score(a), y = score(b);
    return x != y ? x > y : host_.Compare(work.scores.keys()[a], work.scores.keys()[b]) < 0;
  }));
  for (const uint32_t entry : best) sink.Add(work.scores.keys()[entry], work.scores[entry]);
}

void Session::Explain(const Request& request, Item item, Explanation& explanation) const {
  const Scorer::Work& work = **request.scratch<Work>();
  std::vector<Item> visited(index_.limits().items_per_session);
  std::vector<uint32_t> together(work.query.size());
  size_t visits = 0;
  for (const auto& [similarity, number] : work.neighbours) {
    const auto items = std::span(visited).first(index_.CopyItems(number, visited.data()));
    if (std::find(items.begin(), items.end(), item) == items.end()) continue;
    ++visits;
    for (size_t j = 0; j < work.query.size(); ++j) {
      if (std::find(items.begin(), items.end(), work.query[j]) != items.end()) ++together[j];
    }
  }
  const bool seen = std::find(work.query.begin(), work.query.end(), item) != work.query.end();
  if (visits > 0) {
    explanation.SetReason("seen in " + std::to_string(visits) +
                          (visits == 1 ? " similar visit" : " similar visits"));
  } else if (seen) {
    explanation.SetReason("seen in this visit");
  }
  // The query items those visits share, the most shared first.
  std::vector<size_t> order(work.query.size());
  for (size_t j = 0; j < order.size(); ++j) order[j] = j;
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return together[a] > together[b]; });
  for (const size_t j : order) {
    if (together[j] > 0 && work.query[j] != item) explanation.AddItem(work.query[j]);
  }
}

}  // namespace signalbox::session

using SessionPlugin = signalbox::session::Session;
SIGNALBOX_PLUGIN(SessionPlugin)
