// Item value: a number that the catalogue gives an item (margin, editors' weight), as its score.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "signalbox/plugin.hpp"

namespace {

using signalbox::Item;

// By falling value, equal values by item.
struct Higher {
  bool operator()(const std::pair<double, Item>& a, const std::pair<double, Item>& b) const {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  }
};

// The values as they were at the freeze.
class FrozenValues final : public signalbox::FrozenState {
 public:
  explicit FrozenValues(std::vector<std::pair<double, Item>> values) : values_(std::move(values)) {}

  void Write(signalbox::Writer& writer) const override {
    writer.Fixed(static_cast<uint64_t>(values_.size()));
    for (const auto& [value, item] : values_) {
      writer.Fixed(value);
      writer.Fixed(item);
    }
  }

 private:
  std::vector<std::pair<double, Item>> values_;
};

class ItemValue final : public signalbox::Plugin {
 public:
  static constexpr auto kName = "item_value", kVersion = "1.0.0", kFamily = "content";
  static constexpr auto kConfigSchema = R"({
    "type": "object", "additionalProperties": false,
    "properties": {
      "attribute": {"type": "string", "minLength": 1, "default": "weight", "x-signalbox": "state",
        "description": "The numeric attribute whose value is an item's score."}
    }})";

  ItemValue(signalbox::Host host, const signalbox::Config& config)
      : host_(host), attribute_(config.text("attribute")) {}

  void ItemsChanged(const signalbox::Items& upserts, std::span<const Item> deletes) override {
    std::vector<double> values(upserts.size(), std::numeric_limits<double>::quiet_NaN());
    if (const auto column = upserts.FindColumn(attribute_)) {
      for (size_t i = 0; i < values.size(); ++i) values[i] = column->number(i);
    }
    const std::unique_lock lock(mutex_);
    for (size_t i = 0; i < values.size(); ++i) Set(upserts.items()[i], values[i]);
    for (const Item item : deletes) Set(item, std::numeric_limits<double>::quiet_NaN());
  }

  void Candidates(const signalbox::Request& request, signalbox::CandidateSink& sink) const override {
    const auto eligible = request.eligible();
    size_t left = request.quota();
    const std::shared_lock lock(mutex_);
    for (auto it = order_.begin(); it != order_.end() && left > 0; ++it) {
      if (!eligible(it->second)) continue;
      sink.Add(it->second, static_cast<float>(it->first));
      --left;
    }
  }

  void Score(const signalbox::Request&, std::span<const Item> items, std::span<float> scores) const override {
    const std::shared_lock lock(mutex_);
    for (size_t i = 0; i < items.size(); ++i) {
      const auto found = values_.find(items[i]);
      if (found != values_.end()) scores[i] = static_cast<float>(found->second);
    }
  }

  std::unique_ptr<signalbox::FrozenState> Freeze() override {
    const std::shared_lock lock(mutex_);
    return std::make_unique<FrozenValues>(std::vector<std::pair<double, Item>>(order_.begin(), order_.end()));
  }

  void Restore(uint32_t, signalbox::Reader& reader) override {
    const uint32_t known = host_.items();
    const std::unique_lock lock(mutex_);
    for (auto left = reader.Fixed<uint64_t>(); left > 0; --left) {
      const auto value = reader.Fixed<double>();
      const auto item = reader.Fixed<Item>();
      if (item >= known)
        throw signalbox::InvalidState("item_value: an item is unknown; build the state again");
      Set(item, value);
    }
  }

  void Export(signalbox::ExportLines& lines) const override {
    const std::shared_lock lock(mutex_);
    for (const auto& [value, item] : order_) {
      const auto name = host_.Resolve(item);
      lines.Add(std::string(name.type) + '\t' + std::string(name.id) + '\t' + std::to_string(value));
    }
  }

 private:
  // NaN = none. Requires: mutex_ held.
  void Set(Item item, double value) {
    const auto found = values_.find(item);
    if (found != values_.end()) {
      order_.erase({found->second, item});
      values_.erase(found);
    }
    // What no float can hold is no score.
    if (!(std::abs(value) <= std::numeric_limits<float>::max())) return;
    values_.emplace(item, value);
    order_.emplace(value, item);
  }

  signalbox::Host host_;
  const std::string attribute_;
  mutable std::shared_mutex mutex_;
  std::set<std::pair<double, Item>, Higher> order_;  // guarded by mutex_, as the next
  std::unordered_map<Item, double> values_;
};

}  // namespace

SIGNALBOX_PLUGIN(ItemValue)
