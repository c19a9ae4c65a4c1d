// Readers beside a writer: rows are whole, counters and boards are sane. Meant for TSan.
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <thread>
#include <vector>

#include "ports/fakes/listed_items.hpp"
#include "signals/tables/counter_table.hpp"
#include "signals/tables/ranking_table.hpp"
#include "signals/tables/row_tables.hpp"
#include "signals/tables/table_bytes.hpp"

namespace signalbox::signals {
namespace {

constexpr int64_t kStart = 1'700'000'000'000;
constexpr uint32_t kItems = 2000;
constexpr int kBatches = 150;

struct Tables {
  explicit Tables(EpochDomain& domain, const ports::ItemIndex& items)
      : epochs(domain),
        counter({SB_TABLE_COUNTER, "counter", true, 1, 1000}, domain, items),
        hashed({SB_TABLE_COUNTER, "hashed", false, 1, 0}, domain, items),
        ranking({SB_TABLE_RANKING, "ranking", true, 10, 1000}, domain, items),
        recent({SB_TABLE_RECENT, "recent", false, 5, 0}, domain, items),
        vectors({SB_TABLE_VECTOR, "vectors", false, 4, 0}, domain, items) {}

  // Batch b: every row says b in all its places.
  void Write(int batch) {
    const EpochDomain::Pin pin(epochs);
    for (uint64_t i = 0; i < 200; ++i) {
      const uint64_t key = (i * 37 + static_cast<uint64_t>(batch) * 11) % kItems;
      const uint64_t number = static_cast<uint64_t>(batch);
      const auto member = static_cast<sb_item>(i % 30);
      const auto group = static_cast<uint32_t>(batch / 10);
      const float weight = 1;
      // A batch is ten half lives later than the last: bases move on while readers read.
      const int64_t time_ms = kStart + batch * 10'000;
      counter.Add(&group, &key, &weight, &time_ms, 1);
      hashed.Add(nullptr, &key, &weight, &time_ms, 1);
      ranking.Add(&key, &member, &weight, &time_ms, 1);
      recent.Add(&key, &number, &time_ms, 1);
      const std::vector<float> row(4, static_cast<float>(batch));
      vectors.Set(&key, row.data(), 1);
    }
    if (batch % 10 == 0) counter.DropGroups(static_cast<uint32_t>(std::max(0, batch / 10 - 3)));
    for (Table* table : all()) table->EndBatch();
  }
  std::vector<Table*> all() { return {&counter, &hashed, &ranking, &recent, &vectors}; }

  EpochDomain& epochs;
  CounterTable counter, hashed;
  RankingTable ranking;
  RecentTable recent;
  VectorTable vectors;
};

// The number of things that were not as they must be.
int Look(const Tables& tables, uint64_t key, int batch) {
  const EpochDomain::Pin pin(tables.epochs);
  int wrong = 0;
  const int64_t now_ms = kStart + batch * 10'000;
  sb_ranking_row ranking{};
  if (tables.ranking.Row(key, now_ms, &ranking)) {
    wrong += ranking.count > 10 || ranking.count == 0 ? 1 : 0;
    for (uint32_t i = 0; i < ranking.count; ++i) {
      wrong += ranking.members[i] < 30 && ranking.weights[i] > 0 && std::isfinite(ranking.weights[i]) ? 0 : 1;
    }
  }
  sb_recent_row recent{};
  if (tables.recent.Row(key, &recent)) {
    for (uint32_t i = 0; i < recent.count; ++i) {
      wrong += recent.times_ms[i] == kStart + static_cast<int64_t>(recent.members[i]) * 10'000 ? 0 : 1;
    }
  }
  if (const float* row = tables.vectors.Row(key)) wrong += row[0] == row[3] ? 0 : 1;
  const std::vector<uint32_t> groups = {static_cast<uint32_t>(batch / 10),
                                        static_cast<uint32_t>(batch / 10 + 1)};
  float value = 0;
  tables.counter.Read(groups.data(), groups.size(), &key, 1, now_ms, &value);
  wrong += std::isinf(value) ? 1 : 0;
  sb_item items[20];
  float values[20];
  const size_t found = tables.counter.Top(groups.data(), 1, 20, nullptr, 0, now_ms, items, values);
  for (size_t i = 1; i < found; ++i) wrong += values[i - 1] >= values[i] && items[i] < kItems ? 0 : 1;
  return wrong;
}

TEST(TableConcurrencyTest, ReadsAndSnapshots_DuringUpdates_SeeWholeRows) {
  EpochDomain epochs;
  const ports::fakes::ListedItems items(kItems);
  Tables tables(epochs, items);
  std::atomic<int> batch{0}, wrong{0}, looks{0};
  std::vector<std::thread> readers;
  for (uint64_t r = 0; r < 2; ++r) {
    readers.emplace_back([&, r] {
      for (uint64_t i = r; batch.load(std::memory_order_relaxed) < kBatches; ++i) {
        wrong += Look(tables, i * 7919 % kItems, batch.load(std::memory_order_relaxed));
        ++looks;
      }
    });
  }

  size_t snapshot_bytes = 0;
  while (batch < kBatches) {
    tables.Write(batch);
    if (batch % 25 == 0) {
      std::vector<std::unique_ptr<FrozenTable>> frozen;
      for (Table* table : tables.all()) frozen.push_back(table->Freeze());
      tables.Write(batch);
      StringSink sink;
      for (const auto& one : frozen) EXPECT_TRUE(one->Write(sink));
      snapshot_bytes += sink.bytes.size();
    }
    ++batch;
  }
  for (auto& reader : readers) reader.join();

  EXPECT_EQ(wrong, 0);
  EXPECT_GT(looks, 0);
  EXPECT_GT(snapshot_bytes, 0u);
}

}  // namespace
}  // namespace signalbox::signals
