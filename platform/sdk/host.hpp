// What a plugin may ask of the host: configuration, log, metrics, items, and managed tables.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "signalbox/failure.hpp"
#include "signalbox/tables.hpp"
#include "signalbox/views.hpp"

namespace signalbox {

// The instance's configuration: checked against kConfigSchema, defaults filled in.
// Valid until the constructor returns.
class Config {
 public:
  explicit Config(const sb_config& raw) : raw_(&raw) {}

  std::string_view instance() const { return ToView(raw_->instance); }  // the signal's name
  std::string_view json() const { return ToView(raw_->json); }          // the whole of it

  bool has(std::string_view key) const { return Find(key) != nullptr; }
  // These throw InvalidConfig when the key is missing (no default in the schema) or of another kind.
  double number(std::string_view key) const { return Get(key, SB_SETTING_NUMBER, "a number").number; }
  int64_t integer(std::string_view key) const { return static_cast<int64_t>(std::llround(number(key))); }
  std::string text(std::string_view key) const {
    return std::string(ToView(Get(key, SB_SETTING_TEXT, "a text").text));
  }
  bool flag(std::string_view key) const { return Get(key, SB_SETTING_BOOL, "true or false").number != 0; }
  // The JSON text of an object or array.
  std::string json(std::string_view key) const {
    return std::string(ToView(Get(key, SB_SETTING_JSON, "an object or a list").text));
  }

 private:
  const sb_setting* Find(std::string_view key) const {
    for (uint32_t i = 0; i < raw_->count; ++i) {
      if (ToView(raw_->settings[i].key) == key) return &raw_->settings[i];
    }
    return nullptr;
  }
  const sb_setting& Get(std::string_view key, int32_t kind, const char* wanted) const {
    const sb_setting* setting = Find(key);
    if (setting != nullptr && setting->kind == kind) return *setting;
    throw InvalidConfig(std::string(key) + (setting == nullptr ? " is missing" : " has the wrong type") +
                        ": set it to " + wanted + ", or give it a default in the schema");
  }

  const sb_config* raw_;
};

// The services. Copy it freely; valid until the plugin is destroyed. Threads: any.
class Host {
 public:
  explicit Host(const sb_host* raw) : raw_(raw) {}

  void Debug(std::string_view message) const { Log(SB_LOG_DEBUG, message); }
  void Info(std::string_view message) const { Log(SB_LOG_INFO, message); }
  void Warn(std::string_view message) const { Log(SB_LOG_WARN, message); }
  void Error(std::string_view message) const { Log(SB_LOG_ERROR, message); }

  // The tenant's clock. Not in Update: a replay must give the same state.
  int64_t now_ms() const { return raw_->now_ms(raw_->context); }

  // Shown as signalbox_signal_<name>{signal="<instance>"}.
  void AddMetric(std::string_view name, double amount) const {
    raw_->metric_add(raw_->context, ToText(name), amount);
  }
  void SetMetric(std::string_view name, double value) const {
    raw_->metric_set(raw_->context, ToText(name), value);
  }

  struct ItemName {
    std::string_view type;
    std::string_view id;  // data() == nullptr = no such item
  };
  // Views live as long as the plugin.
  ItemName Resolve(Item item) const {
    sb_text type, id;
    raw_->resolve(raw_->context, &item, 1, &type, &id);
    return {ToView(type), ToView(id)};
  }
  std::vector<ItemName> Resolve(std::span<const Item> items) const {
    std::vector<sb_text> types(items.size()), ids(items.size());
    raw_->resolve(raw_->context, items.data(), items.size(), types.data(), ids.data());
    std::vector<ItemName> names(items.size());
    for (size_t i = 0; i < names.size(); ++i) names[i] = {ToView(types[i]), ToView(ids[i])};
    return names;
  }
  // kNoItem = unknown.
  Item Find(std::string_view type, std::string_view id) const {
    const sb_text type_text = ToText(type), id_text = ToText(id);
    Item item = kNoItem;
    raw_->find(raw_->context, &type_text, &id_text, 1, &item);
    return item;
  }
  // Order of (type, id), for ties: < 0, 0, > 0.
  int Compare(Item a, Item b) const { return raw_->compare(raw_->context, a, b); }
  // Every handle is below it.
  uint32_t items() const { return raw_->items(raw_->context); }

  // values[i] = the attribute of items[i] (flags as 0 and 1, times as Unix ms), NaN where absent.
  // "created_at" is known for every item. Not in Update. Requires: as many values as items.
  void ReadNumbers(std::string_view attribute, std::span<const Item> items, std::span<double> values) const {
    raw_->read_numbers(raw_->context, ToText(attribute), items.data(), items.size(), values.data());
  }
  // data() == nullptr where absent; valid until the hook returns. Not in Update.
  void ReadTexts(std::string_view attribute, std::span<const Item> items,
                 std::span<std::string_view> values) const {
    std::array<sb_text, 128> part;
    for (size_t begin = 0; begin < items.size(); begin += part.size()) {
      const size_t count = std::min(part.size(), items.size() - begin);
      raw_->read_texts(raw_->context, ToText(attribute), items.data() + begin, count, part.data());
      for (size_t i = 0; i < count; ++i) values[begin + i] = ToView(part[i]);
    }
  }

  // Managed tables, only in the constructor; names are unique in the plugin, [a-z0-9_]{1,64}.
  // Throw Failure when the options are wrong.
  Counter OpenCounter(std::string_view name, const CounterOptions& options = {}) const {
    return {raw_, Open(SB_TABLE_COUNTER, name, options.keys, 1, options.half_life_hours)};
  }
  Ranking OpenRanking(std::string_view name, const RankingOptions& options) const {
    return {raw_, Open(SB_TABLE_RANKING, name, options.keys, options.capacity, options.half_life_hours)};
  }
  Recent OpenRecent(std::string_view name, const RecentOptions& options) const {
    return {raw_, Open(SB_TABLE_RECENT, name, options.keys, options.capacity, 0)};
  }
  Vectors OpenVector(std::string_view name, const VectorOptions& options) const {
    return {raw_, Open(SB_TABLE_VECTOR, name, options.keys, options.dimension, 0), options.dimension};
  }
  const sb_host& raw() const { return *raw_; }

 private:
  void Log(int32_t level, std::string_view message) const {
    raw_->log(raw_->context, level, ToText(message));
  }
  sb_table* Open(sb_table_kind kind, std::string_view name, Keys keys, uint32_t capacity,
                 double half_life_hours) const {
    sb_table_options options{};
    options.struct_size = sizeof options;
    options.kind = kind;
    options.name = ToText(name);
    options.key_kind = static_cast<int32_t>(keys);
    options.capacity = capacity;
    options.half_life_ms = half_life_hours * 3'600'000.0;
    sb_error error{};
    error.struct_size = sizeof error;
    sb_table* table = raw_->open_table(raw_->context, &options, &error);
    if (table == nullptr) throw Failure(static_cast<sb_code>(error.code), error.message);
    return table;
  }

  const sb_host* raw_;
};

}  // namespace signalbox
