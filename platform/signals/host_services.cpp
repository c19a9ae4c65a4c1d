// The functions behind sb_host; each finds its HostServices in the context or behind the table.
#include "signals/host_services.hpp"

#include <array>
#include <cmath>
#include <cstring>

#include "base/log.hpp"
#include "signals/plugin_library.hpp"
#include "signals/tables/counter_table.hpp"
#include "signals/tables/ranking_table.hpp"
#include "signals/tables/row_tables.hpp"

namespace signalbox::signals {

namespace {

// Which instance's tables this thread may write to.
thread_local const HostServices* writing_host = nullptr;

constexpr size_t kMaxMetrics = 64;
constexpr size_t kMaxTables = 64;
constexpr uint32_t kMaxCapacity = 16384;
constexpr double kMinHalfLifeMs = 1000;

std::string_view View(sb_text text) {
  return {text.data == nullptr ? "" : text.data, text.data == nullptr ? 0 : text.size};
}
sb_text Text(std::string_view view) { return {view.data(), view.size()}; }

}  // namespace

struct HostServices::OpenTable {
  HostServices* host;
  Table* table;
};

struct HostServices::Hooks {
  static HostServices& Self(void* context) { return *static_cast<HostServices*>(context); }
  static OpenTable& Of(const sb_table* table) {
    return *reinterpret_cast<OpenTable*>(const_cast<sb_table*>(table));
  }
  // null = the table is of another kind: the call does nothing.
  template <typename T, sb_table_kind kKind>
  static T* Read(const sb_table* table) {
    if (table == nullptr || Of(table).table->options().kind != kKind) return nullptr;
    return static_cast<T*>(Of(table).table);
  }
  template <typename T, sb_table_kind kKind>
  static T* Write(sb_table* table) {
    T* found = Read<T, kKind>(table);
    if (found == nullptr || Of(table).host->is_writer()) return found;
    Of(table).host->RefuseWrite();
    return nullptr;
  }

  static void Log(void* context, int32_t level, sb_text message) {
    const LogLevel mapped = level <= SB_LOG_DEBUG  ? LogLevel::kDebug
                            : level == SB_LOG_INFO ? LogLevel::kInfo
                            : level == SB_LOG_WARN ? LogLevel::kWarn
                                                   : LogLevel::kError;
    signalbox::Log(mapped, View(message), {{"signal", Self(context).signal_}});
  }
  static void MetricAdd(void* context, sb_text name, double amount) {
    HostServices& self = Self(context);
    if (!(amount >= 0) || !std::isfinite(amount) || !IsPlainName(View(name))) return;
    const std::lock_guard lock(self.mutex_);
    auto at = self.counters_.find(View(name));
    if (at == self.counters_.end()) {
      if (self.counters_.size() + self.gauges_.size() >= kMaxMetrics || self.gauges_.contains(View(name)))
        return;
      auto& counter = self.metrics_.GetCounter("signalbox_signal_" + std::string(View(name)),
                                               "Counted by the plugin.", {{"signal", self.signal_}});
      at = self.counters_.emplace(std::string(View(name)), &counter).first;
    }
    at->second->Add(amount);
  }
  static void MetricSet(void* context, sb_text name, double value) {
    HostServices& self = Self(context);
    if (!IsPlainName(View(name))) return;
    const std::lock_guard lock(self.mutex_);
    auto at = self.gauges_.find(View(name));
    if (at == self.gauges_.end()) {
      if (self.counters_.size() + self.gauges_.size() >= kMaxMetrics || self.counters_.contains(View(name)))
        return;
      auto& gauge = self.metrics_.GetGauge("signalbox_signal_" + std::string(View(name)),
                                           "Set by the plugin.", {{"signal", self.signal_}});
      at = self.gauges_.emplace(std::string(View(name)), &gauge).first;
    }
    at->second->Set(value);
  }
  static void ReadTexts(void* context, sb_text attribute, const sb_item* items, size_t count,
                        sb_text* values) {
    std::array<std::string_view, 128> part;
    for (size_t begin = 0; begin < count; begin += part.size()) {
      const size_t size = std::min(part.size(), count - begin);
      Self(context).items_.ReadTexts(View(attribute), {items + begin, size}, part.data());
      for (size_t i = 0; i < size; ++i) values[begin + i] = Text(part[i]);
    }
  }
  static int32_t RankingRow(const sb_table* table, uint64_t key, int64_t now_ms, sb_ranking_row* row) {
    auto* ranking = Read<RankingTable, SB_TABLE_RANKING>(table);
    if (ranking == nullptr) return 0;
    const bool found = Of(table).host->is_writer() ? ranking->RowForWriter(key, now_ms, row)
                                                   : ranking->Row(key, now_ms, row);
    return found ? 1 : 0;
  }
};

HostServices::HostServices(std::string signal, const ports::ItemIndex& items, const Clock& clock,
                           EpochDomain& epochs, ports::Metrics& metrics)
    : signal_(std::move(signal)), items_(items), clock_(clock), epochs_(epochs), metrics_(metrics) {
  raw_.struct_size = sizeof raw_;
  raw_.abi_minor = SB_ABI_MINOR;
  raw_.context = this;
  raw_.log = Hooks::Log;
  raw_.now_ms = [](void* context) { return Hooks::Self(context).clock_.now_ms(); };
  raw_.metric_add = Hooks::MetricAdd;
  raw_.metric_set = Hooks::MetricSet;
  FillItems();
  FillTables();
}

HostServices::~HostServices() = default;

void HostServices::FillItems() {
  raw_.resolve = [](void* context, const sb_item* items, size_t count, sb_text* types, sb_text* ids) {
    const auto& index = Hooks::Self(context).items_;
    for (size_t i = 0; i < count; ++i) {
      const bool known = items[i] < index.size();
      const ports::ItemName name = known ? index.Name(items[i]) : ports::ItemName{};
      types[i] = Text(name.type);
      ids[i] = Text(name.id);
    }
  };
  raw_.find = [](void* context, const sb_text* types, const sb_text* ids, size_t count, sb_item* items) {
    for (size_t i = 0; i < count; ++i)
      items[i] = Hooks::Self(context).items_.Find(View(types[i]), View(ids[i]));
  };
  raw_.compare = [](void* context, sb_item a, sb_item b) -> int32_t {
    const auto& index = Hooks::Self(context).items_;
    // Unknown handles have no id: they come last, by number.
    if (a >= index.size() || b >= index.size()) return a < b ? -1 : a > b ? 1 : 0;
    return index.Compare(a, b);
  };
  raw_.items = [](void* context) { return Hooks::Self(context).items_.size(); };
  raw_.read_numbers = [](void* context, sb_text attribute, const sb_item* items, size_t count,
                         double* values) {
    Hooks::Self(context).items_.ReadNumbers(View(attribute), {items, count}, values);
  };
  raw_.read_texts = Hooks::ReadTexts;
}

void HostServices::FillTables() {
  raw_.open_table = [](void* context, const sb_table_options* options, sb_error* error) {
    return Hooks::Self(context).Open(*options, error);
  };
  raw_.counter_add = [](sb_table* table, const uint32_t* groups, const uint64_t* keys, const float* weights,
                        const int64_t* times_ms, size_t count) {
    if (auto* counter = Hooks::Write<CounterTable, SB_TABLE_COUNTER>(table)) {
      counter->Add(groups, keys, weights, times_ms, count);
    }
  };
  raw_.counter_read = [](const sb_table* table, const uint32_t* groups, size_t group_count,
                         const uint64_t* keys, size_t count, int64_t now_ms, float* values) {
    if (const auto* counter = Hooks::Read<CounterTable, SB_TABLE_COUNTER>(table)) {
      counter->Read(groups, group_count, keys, count, now_ms, values);
    }
  };
  raw_.counter_top = [](const sb_table* table, const uint32_t* groups, size_t group_count, size_t k,
                        const uint64_t* eligible, uint32_t eligible_bits, int64_t now_ms, sb_item* items,
                        float* values) -> size_t {
    auto* counter = Hooks::Read<CounterTable, SB_TABLE_COUNTER>(table);
    if (counter == nullptr) return 0;
    return counter->Top(groups, group_count, k, eligible, eligible_bits, now_ms, items, values);
  };
  raw_.counter_drop_groups = [](sb_table* table, uint32_t first) {
    if (auto* counter = Hooks::Write<CounterTable, SB_TABLE_COUNTER>(table)) counter->DropGroups(first);
  };
  raw_.ranking_add = [](sb_table* table, const uint64_t* keys, const sb_item* members, const float* weights,
                        const int64_t* times_ms, size_t count) {
    if (auto* ranking = Hooks::Write<RankingTable, SB_TABLE_RANKING>(table)) {
      ranking->Add(keys, members, weights, times_ms, count);
    }
  };
  raw_.ranking_row = Hooks::RankingRow;
  raw_.recent_add = [](sb_table* table, const uint64_t* keys, const uint64_t* members,
                       const int64_t* times_ms, size_t count) {
    if (auto* recent = Hooks::Write<RecentTable, SB_TABLE_RECENT>(table))
      recent->Add(keys, members, times_ms, count);
  };
  raw_.recent_row = [](const sb_table* table, uint64_t key, sb_recent_row* row) -> int32_t {
    const auto* recent = Hooks::Read<RecentTable, SB_TABLE_RECENT>(table);
    return recent != nullptr && recent->Row(key, row) ? 1 : 0;
  };
  raw_.vector_set = [](sb_table* table, const uint64_t* keys, const float* values, size_t count) {
    if (auto* vectors = Hooks::Write<VectorTable, SB_TABLE_VECTOR>(table)) vectors->Set(keys, values, count);
  };
  raw_.vector_row = [](const sb_table* table, uint64_t key) -> const float* {
    const auto* vectors = Hooks::Read<VectorTable, SB_TABLE_VECTOR>(table);
    return vectors == nullptr ? nullptr : vectors->Row(key);
  };
}

sb_table* HostServices::Open(const sb_table_options& options, sb_error* error) {
  const std::string name(View(options.name));
  std::string problem;
  if (!creating_) problem = "tables are opened in create only; open it there";
  if (!IsPlainName(name)) problem = "names are [a-z0-9_]{1,64}; rename it";
  if (tables_.size() >= kMaxTables) problem = "an instance has at most 64 tables; use groups";
  for (const auto& table : tables_) {
    if (table->options().name == name) problem = "it is open already; choose another name";
  }
  if (options.kind < SB_TABLE_COUNTER || options.kind > SB_TABLE_VECTOR)
    problem = "unknown kind; see sb_table_kind";
  if (options.key_kind != SB_KEY_ITEM && options.key_kind != SB_KEY_HASH) {
    problem = "unknown kind of keys; use SB_KEY_ITEM or SB_KEY_HASH";
  }
  if (options.kind != SB_TABLE_COUNTER && (options.capacity == 0 || options.capacity > kMaxCapacity)) {
    problem =
        "capacity is " + std::to_string(options.capacity) + "; use 1 to " + std::to_string(kMaxCapacity);
  }
  const double half_life = options.half_life_ms;
  if (!std::isfinite(half_life) || half_life < 0 || (half_life > 0 && half_life < kMinHalfLifeMs)) {
    problem = "the half life must be 0 (none) or at least one second; correct it";
  }
  if (!problem.empty()) {
    if (error != nullptr) {
      error->code = SB_INVALID_ARGUMENT;
      const std::string message = "table \"" + name + "\": " + problem;
      std::snprintf(error->message, sizeof error->message, "%s", message.c_str());
    }
    return nullptr;
  }
  const uint32_t capacity = options.kind == SB_TABLE_COUNTER ? 1 : options.capacity;
  tables_.push_back(MakeTable(
      {static_cast<sb_table_kind>(options.kind), name, options.key_kind == SB_KEY_ITEM, capacity, half_life},
      epochs_, items_));
  open_.push_back(std::make_unique<OpenTable>(OpenTable{this, tables_.back().get()}));
  return reinterpret_cast<sb_table*>(open_.back().get());
}

bool HostServices::is_writer() const { return writing_host == this; }

void HostServices::RefuseWrite() {
  if (refused_.exchange(true)) return;
  LogError("a plugin wrote to a managed table outside update; the write was dropped", {{"signal", signal_}});
}

HostServices::Writing::Writing(HostServices& host) : host_(host), former_(writing_host) {
  writing_host = &host;
}

HostServices::Writing::~Writing() {
  writing_host = former_;
  for (const auto& table : host_.tables_) table->EndBatch();
}

}  // namespace signalbox::signals
