// The services of FakeHost as the ABI's function table. Included by fake_host.hpp.
#pragma once

#include "signalbox/testing/fake_host.hpp"

namespace signalbox::testing {

namespace internal {

// A table belongs to one host, but the ABI's table functions get no context: kept per thread, for
// the order of ties and the life of rows.
struct RowKeeper {
  std::deque<std::vector<sb_item>> members;
  std::deque<std::vector<float>> weights;
  std::deque<std::vector<uint64_t>> entries;
  std::deque<std::vector<int64_t>> times;
};
inline RowKeeper& Rows() {
  thread_local RowKeeper rows;
  return rows;
}
inline std::map<const sb_table*, FakeHost*>& Owners() {
  static std::map<const sb_table*, FakeHost*> owners;
  return owners;
}

inline void Refuse(sb_error* error, const std::string& message) {
  error->code = SB_INVALID_ARGUMENT;
  std::strncpy(error->message, message.c_str(), sizeof error->message - 1);
}

}  // namespace internal

inline sb_table* FakeHost::Open(const sb_table_options& options, sb_error* error) {
  const std::string name(ToView(options.name));
  if (name.empty() || name.size() > 64 ||
      name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") != std::string::npos) {
    internal::Refuse(error, "table '" + name + "': names are [a-z0-9_]{1,64}");
    return nullptr;
  }
  if (tables_.count(name) != 0) {
    internal::Refuse(error, "table '" + name + "' is open already: choose another name");
    return nullptr;
  }
  if (options.capacity == 0 || options.half_life_ms < 0) {
    internal::Refuse(error, "table '" + name + "': capacity must be above 0 and the half life 0 or more");
    return nullptr;
  }
  auto table = std::make_unique<sb_table>();
  if (const auto at = restored_.find(name); at != restored_.end()) table->data = at->second;
  table->data.kind = options.kind;
  table->data.key_kind = options.key_kind;
  table->data.capacity = options.capacity;
  table->data.half_life_ms = options.half_life_ms;
  internal::Owners()[table.get()] = this;
  return (tables_[name] = std::move(table)).get();
}

inline size_t FakeHost::Top(const FakeTable& table, const uint32_t* groups, size_t group_count, size_t k,
                            Eligible eligible, int64_t now_ms, sb_item* items, float* values) const {
  std::vector<std::pair<Item, float>> ranked;
  for (Item item = 0; item < this->items(); ++item) {
    const double value = table.ReadCounter(groups, group_count, item, now_ms);
    if (!std::isnan(value) && eligible(item)) ranked.emplace_back(item, static_cast<float>(value));
  }
  std::sort(ranked.begin(), ranked.end(), [&](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : Compare(a.first, b.first) < 0;
  });
  const size_t count = std::min(k, ranked.size());
  for (size_t i = 0; i < count; ++i) {
    items[i] = ranked[i].first;
    values[i] = ranked[i].second;
  }
  return count;
}

inline void FakeHost::FillServices() {
  services_.struct_size = sizeof services_;
  services_.abi_minor = SB_ABI_MINOR;
  services_.context = this;
  services_.log = [](void* context, int32_t, sb_text message) {
    Self(context).logged_.emplace_back(ToView(message));
  };
  services_.now_ms = [](void* context) { return Self(context).now_ms_; };
  services_.metric_add = [](void* context, sb_text name, double amount) {
    Self(context).metrics_[std::string(ToView(name))] += amount;
  };
  services_.metric_set = [](void* context, sb_text name, double value) {
    Self(context).metrics_[std::string(ToView(name))] = value;
  };
  services_.resolve = [](void* context, const sb_item* items, size_t count, sb_text* types, sb_text* ids) {
    for (size_t i = 0; i < count; ++i) {
      const bool known = items[i] < Self(context).items();
      types[i] = known ? ToText(Self(context).items_[items[i]].type) : sb_text{};
      ids[i] = known ? ToText(Self(context).items_[items[i]].id) : sb_text{};
    }
  };
  services_.find = [](void* context, const sb_text* types, const sb_text* ids, size_t count, sb_item* items) {
    for (size_t i = 0; i < count; ++i) items[i] = Self(context).Find(ToView(types[i]), ToView(ids[i]));
  };
  services_.compare = [](void* context, sb_item a, sb_item b) -> int32_t {
    return Self(context).Compare(a, b);
  };
  services_.items = [](void* context) { return Self(context).items(); };
  services_.read_numbers = [](void* context, sb_text name, const sb_item* items, size_t count,
                              double* values) {
    for (size_t i = 0; i < count; ++i) {
      const auto& numbers = Self(context).items_.at(items[i]).numbers;
      const auto at = numbers.find(std::string(ToView(name)));
      values[i] = at == numbers.end() ? std::numeric_limits<double>::quiet_NaN() : at->second;
    }
  };
  services_.read_texts = [](void* context, sb_text name, const sb_item* items, size_t count,
                            sb_text* values) {
    for (size_t i = 0; i < count; ++i) {
      const auto& texts = Self(context).items_.at(items[i]).texts;
      const auto at = texts.find(std::string(ToView(name)));
      values[i] = at == texts.end() ? sb_text{} : ToText(at->second);
    }
  };
  services_.open_table = [](void* context, const sb_table_options* options, sb_error* error) {
    return Self(context).Open(*options, error);
  };
  FillTableServices();
}

inline void FakeHost::FillTableServices() {
  services_.counter_add = [](sb_table* table, const uint32_t* groups, const uint64_t* keys,
                             const float* weights, const int64_t* times_ms, size_t count) {
    for (size_t i = 0; i < count; ++i) {
      table->data.AddCounter(groups == nullptr ? 0 : groups[i], keys[i], weights[i], times_ms[i]);
    }
  };
  services_.counter_read = [](const sb_table* table, const uint32_t* groups, size_t group_count,
                              const uint64_t* keys, size_t count, int64_t now_ms, float* values) {
    for (size_t i = 0; i < count; ++i) {
      values[i] = static_cast<float>(table->data.ReadCounter(groups, group_count, keys[i], now_ms));
    }
  };
  services_.counter_top = [](const sb_table* table, const uint32_t* groups, size_t group_count, size_t k,
                             const uint64_t* eligible, uint32_t eligible_bits, int64_t now_ms, sb_item* items,
                             float* values) {
    return internal::Owners().at(table)->Top(table->data, groups, group_count, k, {eligible, eligible_bits},
                                             now_ms, items, values);
  };
  services_.counter_drop_groups = [](sb_table* table, uint32_t first) {
    auto& counters = table->data.counters;
    counters.erase(counters.begin(), counters.lower_bound({first, 0}));
  };
  services_.ranking_add = [](sb_table* table, const uint64_t* keys, const sb_item* members,
                             const float* weights, const int64_t* times_ms, size_t count) {
    const FakeHost& host = *internal::Owners().at(table);
    for (size_t i = 0; i < count; ++i) {
      table->data.AddRanking(keys[i], members[i], weights[i], times_ms[i],
                             [&](Item a, Item b) { return host.Compare(a, b); });
    }
  };
  services_.ranking_row = [](const sb_table* table, uint64_t key, int64_t now_ms,
                             sb_ranking_row* row) -> int32_t {
    const auto at = table->data.rankings.find(key);
    if (at == table->data.rankings.end()) return 0;
    std::vector<sb_item> members;
    std::vector<float> weights;
    for (const auto& [member, log_weight] : at->second) {
      members.push_back(member);
      weights.push_back(static_cast<float>(table->data.AtNow(log_weight, now_ms)));
    }
    row->count = static_cast<uint32_t>(members.size());
    row->members = Keep(internal::Rows().members, std::move(members));
    row->weights = Keep(internal::Rows().weights, std::move(weights));
    row->scale = 1;
    return 1;
  };
  services_.recent_add = [](sb_table* table, const uint64_t* keys, const uint64_t* members,
                            const int64_t* times_ms, size_t count) {
    for (size_t i = 0; i < count; ++i) table->data.AddRecent(keys[i], members[i], times_ms[i]);
  };
  services_.recent_row = [](const sb_table* table, uint64_t key, sb_recent_row* row) -> int32_t {
    const auto at = table->data.recents.find(key);
    if (at == table->data.recents.end()) return 0;
    std::vector<uint64_t> members;
    std::vector<int64_t> times;
    for (const auto& [member, time_ms] : at->second) {
      members.push_back(member);
      times.push_back(time_ms);
    }
    row->count = static_cast<uint32_t>(members.size());
    row->members = Keep(internal::Rows().entries, std::move(members));
    row->times_ms = Keep(internal::Rows().times, std::move(times));
    return 1;
  };
  services_.vector_set = [](sb_table* table, const uint64_t* keys, const float* values, size_t count) {
    const size_t dimension = table->data.capacity;
    for (size_t i = 0; i < count; ++i) {
      table->data.vectors[keys[i]].assign(values + i * dimension, values + (i + 1) * dimension);
    }
  };
  services_.vector_row = [](const sb_table* table, uint64_t key) -> const float* {
    const auto at = table->data.vectors.find(key);
    return at == table->data.vectors.end() ? nullptr : at->second.data();
  };
}

inline std::vector<std::string> FakeHost::ExportTables() const {
  std::vector<std::string> lines;
  const auto number = [](double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.9g", value);
    return std::string(text);
  };
  for (const auto& [name, table] : tables_) {
    const FakeTable& data = table->data;
    for (const auto& [at, weight] : data.counters) {
      lines.push_back(name + " " + std::to_string(at.first) + " " + KeyName(data, at.second) + " " +
                      number(weight));
    }
    for (const auto& [key, row] : data.rankings) {
      for (const auto& [member, weight] : row) {
        lines.push_back(name + " " + KeyName(data, key) + " " + item(member).type + "/" + item(member).id +
                        " " + number(weight));
      }
    }
    for (const auto& [key, row] : data.recents) {
      size_t position = 0;
      for (const auto& [member, time_ms] : row) {
        lines.push_back(name + " " + KeyName(data, key) + " " + std::to_string(position++) + " " +
                        std::to_string(member) + " " + std::to_string(time_ms));
      }
    }
    for (const auto& [key, row] : data.vectors) {
      std::string line = name + " " + KeyName(data, key);
      for (const float value : row) line += " " + number(value);
      lines.push_back(line);
    }
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

}  // namespace signalbox::testing
