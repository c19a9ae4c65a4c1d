// Popularity: weighted events per item, halving every half_life_hours; or, when a request names a
// window (trending), plain sums over whole days.
#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "signalbox/plugin.hpp"

namespace {

using signalbox::Item;

constexpr int64_t kDayMs = 86'400'000;

// Days since 1970-01-01 UTC; times before it count as day 0.
uint32_t DayOf(int64_t time_ms) { return time_ms < 0 ? 0 : static_cast<uint32_t>(time_ms / kDayMs); }

class Popularity final : public signalbox::Plugin {
 public:
  static constexpr auto kName = "popularity", kVersion = "1.0.0", kFamily = "popularity";
  static constexpr auto kConfigSchema = R"({
    "type": "object", "additionalProperties": false,
    "properties": {
      "half_life_hours": {"type": "number", "exclusiveMinimum": 0, "maximum": 87600, "default": 72,
        "x-signalbox": "state", "description": "After this many hours an event counts half."},
      "days_kept": {"type": "integer", "minimum": 1, "maximum": 366, "default": 35,
        "x-signalbox": "state", "description": "Days of sums kept for trending: the longest window."}
    }})";

  Popularity(signalbox::Host host, const signalbox::Config& config)
      : heat_(host.OpenCounter("heat", {.half_life_hours = config.number("half_life_hours")})),
        days_(host.OpenCounter("days")),
        newest_(host.OpenRecent("newest_day", {.capacity = 1, .keys = signalbox::Keys::kHashes})),
        days_kept_(static_cast<uint32_t>(config.integer("days_kept"))) {}

  void Update(const signalbox::Events& events) override {
    heat_.Add(events.items(), events.weights(), events.times_ms());
    UpdateDays(events);
  }

  void Candidates(const signalbox::Request& request, signalbox::CandidateSink& sink) const override {
    if (request.window_days() == 0) {
      sink.AddAll(heat_.Top(request.quota(), request.eligible(), request.now_ms()));
      return;
    }
    sink.AddAll(days_.Top(request.quota(), request.eligible(), request.now_ms(), Window(request)));
  }

  void Score(const signalbox::Request& request, std::span<const Item> items,
             std::span<float> scores) const override {
    // An item without an event keeps NaN: no opinion.
    if (request.window_days() == 0) {
      heat_.Read(items, scores, request.now_ms());
      return;
    }
    days_.Read(items, scores, request.now_ms(), Window(request));
  }

  void Explain(const signalbox::Request& request, Item item,
               signalbox::Explanation& explanation) const override {
    float score = signalbox::kNoOpinion;
    Score(request, {&item, 1}, {&score, 1});
    if (!(score > 0)) return;
    explanation.SetReason(request.window_days() == 0
                              ? std::string("popular with visitors lately")
                              : "trending in the last " + std::to_string(request.window_days()) + " days");
  }

 private:
  static constexpr uint64_t kNewestKey = 0;

  // An event older than the days kept, seen from the newest day before it in the log, is left out,
  // so the sums do not depend on where batches were cut.
  void UpdateDays(const signalbox::Events& events) {
    const signalbox::RecentRow row = newest_.Row(kNewestKey);
    const uint64_t stored = row ? row.members().back() : 0;
    uint64_t newest = stored;
    groups_.clear(), items_.clear(), weights_.clear(), times_.clear();
    for (size_t i = 0; i < events.size(); ++i) {
      const uint32_t day = DayOf(events.times_ms()[i]);
      newest = std::max<uint64_t>(newest, day);
      if (day + uint64_t{days_kept_} < newest) continue;
      groups_.push_back(day);
      items_.push_back(events.items()[i]);
      weights_.push_back(events.weights()[i]);
      times_.push_back(events.times_ms()[i]);
    }
    days_.AddGrouped(groups_, items_, weights_, times_);
    if (newest == stored) return;
    const int64_t start_ms = static_cast<int64_t>(newest) * kDayMs;
    newest_.Add(std::span(&kNewestKey, 1), std::span<const uint64_t>(&newest, 1), std::span(&start_ms, 1));
    if (newest > days_kept_) days_.DropGroups(static_cast<uint32_t>(newest - days_kept_));
  }

  // Today so far and the window_days whole days before it (as many as are kept).
  std::vector<uint32_t> Window(const signalbox::Request& request) const {
    const uint32_t today = DayOf(request.now_ms());
    const uint32_t back = std::min({request.window_days(), days_kept_, today});
    std::vector<uint32_t> groups;
    for (uint32_t day = today - back; day <= today; ++day) groups.push_back(day);
    return groups;
  }

  signalbox::Counter heat_;
  signalbox::Counter days_;
  signalbox::Recent newest_;  // the newest day of any event so far, in log order
  uint32_t days_kept_;
  std::vector<uint32_t> groups_;  // of Update, kept to save allocations
  std::vector<Item> items_;
  std::vector<float> weights_;
  std::vector<int64_t> times_;
};

}  // namespace

SIGNALBOX_PLUGIN(Popularity)
