// Recency: how new an item is, halving every half_life_days since its created_at.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "newest_first.hpp"
#include "signalbox/fast_math.hpp"
#include "signalbox/plugin.hpp"

namespace {

using signalbox::Item;
using signalbox::recency::NewestFirst;

constexpr double kDayMs = 86'400'000.0;

// The list as it was at the freeze: immutable, so it is written while the catalogue changes.
class FrozenList final : public signalbox::FrozenState {
 public:
  explicit FrozenList(std::shared_ptr<const NewestFirst::Version> version) : version_(std::move(version)) {}

  void Write(signalbox::Writer& writer) const override {
    uint64_t count = 0;
    for (const auto& block : *version_) count += block->size;
    writer.Fixed(count);
    NewestFirst::ForEach(*version_, [&](const NewestFirst::Entry& entry) {
      writer.Fixed(entry.time_ms);
      writer.Fixed(entry.item);
      return true;
    });
  }

 private:
  std::shared_ptr<const NewestFirst::Version> version_;
};

class Recency final : public signalbox::Plugin {
 public:
  static constexpr auto kName = "recency", kVersion = "1.0.0", kFamily = "content";
  static constexpr auto kConfigSchema = R"({
    "type": "object", "additionalProperties": false,
    "properties": {
      "half_life_days": {"type": "number", "exclusiveMinimum": 0, "maximum": 36500, "default": 30,
        "x-signalbox": "score", "description": "After this many days an item is half as new."}
    }})";

  Recency(signalbox::Host host, const signalbox::Config& config)
      : host_(host), per_ms_(1 / (config.number("half_life_days") * kDayMs)) {}

  void ItemsChanged(const signalbox::Items& upserts, std::span<const Item> deletes) override {
    const std::vector<double> times = CreatedAt(upserts);
    for (size_t i = 0; i < upserts.size(); ++i) {
      if (InRange(times[i])) {
        newest_.Set(upserts.items()[i], static_cast<int64_t>(times[i]));
      } else {
        newest_.Remove(upserts.items()[i]);
      }
    }
    for (const Item item : deletes) newest_.Remove(item);
    newest_.Publish();
  }

  void Candidates(const signalbox::Request& request, signalbox::CandidateSink& sink) const override {
    const auto eligible = request.eligible();
    const auto version = newest_.version();
    size_t left = request.quota();
    NewestFirst::ForEach(*version, [&](const NewestFirst::Entry& entry) {
      if (left == 0) return false;
      if (!eligible(entry.item)) return true;
      sink.Add(entry.item, Newness(static_cast<double>(entry.time_ms), request.now_ms()));
      --left;
      return true;
    });
  }

  void Score(const signalbox::Request& request, std::span<const Item> items,
             std::span<float> scores) const override {
    std::array<double, 512> times;
    for (size_t begin = 0; begin < items.size(); begin += times.size()) {
      const auto part = items.subspan(begin, std::min(times.size(), items.size() - begin));
      host_.ReadNumbers("created_at", part, std::span(times).first(part.size()));
      for (size_t i = 0; i < part.size(); ++i) scores[begin + i] = Newness(times[i], request.now_ms());
    }
  }

  void Explain(const signalbox::Request& request, Item item,
               signalbox::Explanation& explanation) const override {
    double time_ms = std::numeric_limits<double>::quiet_NaN();
    host_.ReadNumbers("created_at", {&item, 1}, {&time_ms, 1});
    if (std::isnan(time_ms)) return;
    const double age_days = (static_cast<double>(request.now_ms()) - time_ms) / kDayMs;
    if (age_days < 1) return explanation.SetReason("new today");
    if (age_days < 60) explanation.SetReason("added " + DaysText(age_days) + " ago");
  }

  std::unique_ptr<signalbox::FrozenState> Freeze() override {
    return std::make_unique<FrozenList>(newest_.version());
  }

  void Restore(uint32_t, signalbox::Reader& reader) override {
    const uint32_t known = host_.items();
    for (auto left = reader.Fixed<uint64_t>(); left > 0; --left) {
      const auto time_ms = reader.Fixed<int64_t>();
      const auto item = reader.Fixed<Item>();
      if (item >= known) throw signalbox::InvalidState("recency: an item is unknown; build the state again");
      newest_.Set(item, time_ms);
    }
    newest_.Publish();
  }

  void Export(signalbox::ExportLines& lines) const override {
    const auto version = newest_.version();
    NewestFirst::ForEach(*version, [&](const NewestFirst::Entry& entry) {
      const auto name = host_.Resolve(entry.item);
      lines.Add(std::string(name.type) + '\t' + std::string(name.id) + '\t' + std::to_string(entry.time_ms));
      return true;
    });
  }

 private:
  // Declared, else when the host first saw the item; NaN = unknown.
  std::vector<double> CreatedAt(const signalbox::Items& upserts) const {
    std::vector<double> times(upserts.size());
    host_.ReadNumbers("created_at", upserts.items(), times);
    const auto declared = upserts.FindColumn("created_at");
    if (!declared) return times;
    for (size_t i = 0; i < times.size(); ++i) {
      if (!std::isnan(declared->number(i))) times[i] = declared->number(i);
    }
    return times;
  }

  static bool InRange(double time_ms) { return std::abs(time_ms) < 9e15; }  // false for NaN

  static std::string DaysText(double days) {
    const int whole = static_cast<int>(days);
    return std::to_string(whole) + (whole == 1 ? " day" : " days");
  }

  // 2^(-age / half life); 1 for what is dated ahead; NaN stays NaN.
  float Newness(double time_ms, int64_t now_ms) const {
    const double age_ms = std::max(static_cast<double>(now_ms) - time_ms, 0.0);
    const float newness = signalbox::FastExp2(static_cast<float>(-age_ms * per_ms_));
    return std::isnan(time_ms) ? signalbox::kNoOpinion : newness;
  }

  signalbox::Host host_;
  double per_ms_;  // half lives
  NewestFirst newest_;
};

}  // namespace

SIGNALBOX_PLUGIN(Recency)
