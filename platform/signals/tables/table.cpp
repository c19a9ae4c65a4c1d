// Making tables, and how keys and amounts read in an export.
#include "signals/tables/table.hpp"

#include <cinttypes>
#include <cmath>
#include <cstdio>

#include "signals/tables/counter_table.hpp"
#include "signals/tables/ranking_table.hpp"
#include "signals/tables/row_tables.hpp"

namespace signalbox::signals {

std::string ItemText(const ports::ItemIndex& items, uint64_t item) {
  const ports::ItemName name = items.Name(static_cast<ports::Handle>(item));
  return std::string(name.type) + "/" + std::string(name.id);
}

std::string KeyText(const ports::ItemIndex& items, bool dense, uint64_t key) {
  return dense ? ItemText(items, key) : std::to_string(key);
}

std::string AmountText(double value, int64_t exponent) {
  int power = 0;
  double mantissa = std::frexp(value, &power);
  // What would print as 2 is the next power: keep one spelling of each amount.
  if (mantissa > 1 - 2.5e-6) {
    mantissa = 0.5;
    ++power;
  }
  char text[64];
  std::snprintf(text, sizeof text, "%.6gp%" PRId64, mantissa * 2, int64_t{power} - 1 + exponent);
  return text;
}

std::unique_ptr<Table> MakeTable(TableOptions options, EpochDomain& epochs, const ports::ItemIndex& items) {
  switch (options.kind) {
    case SB_TABLE_COUNTER:
      return std::make_unique<CounterTable>(std::move(options), epochs, items);
    case SB_TABLE_RANKING:
      return std::make_unique<RankingTable>(std::move(options), epochs, items);
    case SB_TABLE_RECENT:
      return std::make_unique<RecentTable>(std::move(options), epochs, items);
    case SB_TABLE_VECTOR:
      return std::make_unique<VectorTable>(std::move(options), epochs, items);
  }
  return nullptr;
}

}  // namespace signalbox::signals
