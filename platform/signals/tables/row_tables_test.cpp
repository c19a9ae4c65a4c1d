// Rankings, recents and vectors against values worked out by hand.
#include "signals/tables/row_tables.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>

#include "ports/fakes/listed_items.hpp"
#include "signals/tables/ranking_table.hpp"
#include "signals/tables/table_bytes.hpp"

namespace signalbox::signals {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatNear;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

constexpr int64_t kHour = 3'600'000;
constexpr int64_t kStart = 1'700'000'000'000;

class RowTablesTest : public ::testing::Test {
 protected:
  std::unique_ptr<RankingTable> Ranking(uint32_t capacity, double half_life_ms = kHour) {
    return std::make_unique<RankingTable>(
        TableOptions{SB_TABLE_RANKING, "near", true, capacity, half_life_ms}, epochs_, items_);
  }
  static void Add(RankingTable& table, uint64_t key, sb_item member, float weight, int64_t time_ms) {
    table.Add(&key, &member, &weight, &time_ms, 1);
  }
  static std::map<sb_item, float> Row(const RankingTable& table, uint64_t key, int64_t now_ms) {
    std::map<sb_item, float> members;
    sb_ranking_row row{};
    if (!table.Row(key, now_ms, &row)) return members;
    for (uint32_t i = 0; i < row.count; ++i)
      members[row.members[i]] = static_cast<float>(row.weights[i] * row.scale);
    return members;
  }

  EpochDomain epochs_;
  ports::fakes::ListedItems items_{1000};
};

TEST_F(RowTablesTest, RankingAdd_MemberTwice_SumsDecayed) {
  auto table = Ranking(3);
  Add(*table, 1, 2, 4, kStart);
  Add(*table, 1, 2, 1, kStart + kHour);
  Add(*table, 1, 3, 5, kStart + kHour);
  table->EndBatch();

  const auto row = Row(*table, 1, kStart + 2 * kHour);

  EXPECT_FLOAT_EQ(row.at(2), 1.5f);  // 4/4 + 1/2
  EXPECT_FLOAT_EQ(row.at(3), 2.5f);
  EXPECT_TRUE(Row(*table, 2, kStart).empty());
}

TEST_F(RowTablesTest, RankingAdd_FullRow_DropsTheLightestOfEqualsTheLargerId) {
  auto table = Ranking(2, 0);
  Add(*table, 1, 10, 1, kStart);
  Add(*table, 1, 9, 1, kStart);  // "9" > "10": goes first
  Add(*table, 1, 5, 7, kStart);
  table->EndBatch();
  EXPECT_THAT(Row(*table, 1, kStart), UnorderedElementsAre(Pair(10, 1), Pair(5, 7)));

  Add(*table, 1, 6, 0.5f, kStart);
  table->EndBatch();
  EXPECT_THAT(Row(*table, 1, kStart), UnorderedElementsAre(Pair(6, 0.5f), Pair(5, 7)));
}

TEST_F(RowTablesTest, RankingAdd_DecayedMember_IsTheLightest) {
  auto table = Ranking(2);
  Add(*table, 1, 10, 8, kStart);  // worth 1 three hours later
  Add(*table, 1, 11, 2, kStart + 3 * kHour);
  Add(*table, 1, 12, 1, kStart + 3 * kHour);
  table->EndBatch();

  EXPECT_THAT(Row(*table, 1, kStart + 3 * kHour),
              UnorderedElementsAre(Pair(11, FloatNear(2, 1e-5f)), Pair(12, FloatNear(1, 1e-5f))));
}

TEST_F(RowTablesTest, RankingAdd_HundredsOfHalfLivesApart_KeepsNewAndOld) {
  auto table = Ranking(3, 1000);
  Add(*table, 1, 10, 8, kStart);
  Add(*table, 1, 11, 2, kStart + 40'000);
  Add(*table, 1, 12, 3, kStart + 400'000);
  table->EndBatch();

  const auto row = Row(*table, 1, kStart + 400'000);

  EXPECT_EQ(row.size(), 3u);
  EXPECT_FLOAT_EQ(row.at(12), 3);
  EXPECT_NEAR(row.at(11), 0, 1e-30);
}

TEST_F(RowTablesTest, RankingAdd_AnyBatchCuts_GiveTheSameRows) {
  std::mt19937 random(3);
  struct Op {
    uint64_t key;
    sb_item member;
    float weight;
    int64_t time_ms;
  };
  std::vector<Op> ops;
  for (int i = 0; i < 20'000; ++i) {
    ops.push_back({random() % 300, static_cast<sb_item>(random() % 100),
                   0.1f * static_cast<float>(1 + random() % 50),
                   kStart + i * 60'000 - static_cast<int64_t>(random() % kHour)});
  }
  std::vector<std::vector<std::string>> exports;
  for (const size_t cut : {size_t{1}, size_t{37}, ops.size()}) {
    auto table = Ranking(8);
    for (size_t i = 0; i < ops.size(); ++i) {
      Add(*table, ops[i].key, ops[i].member, ops[i].weight, ops[i].time_ms);
      if ((i + 1) % cut == 0) table->EndBatch();
    }
    table->EndBatch();
    std::vector<std::string> lines;
    table->Export(items_, &lines);
    std::sort(lines.begin(), lines.end());
    exports.push_back(std::move(lines));
  }

  EXPECT_EQ(exports[0].size(), 300u * 8);
  EXPECT_EQ(exports[0], exports[1]);
  EXPECT_EQ(exports[0], exports[2]);
}

TEST_F(RowTablesTest, RankingRowForWriter_WithinABatch_SeesWhatWasAdded) {
  auto table = Ranking(3);
  Add(*table, 1, 2, 4, kStart);
  sb_ranking_row row{};

  EXPECT_FALSE(table->Row(1, kStart, &row));
  EXPECT_TRUE(table->RowForWriter(1, kStart, &row));
  EXPECT_EQ(row.count, 1u);
}

TEST_F(RowTablesTest, RankingRestore_Snapshot_GivesTheSameExport) {
  auto table = Ranking(4), restored = Ranking(4);
  for (int i = 0; i < 500; ++i)
    Add(*table, i % 50, static_cast<sb_item>(i % 9), 1.0f + i % 3, kStart + i * 1000);
  table->EndBatch();
  const auto frozen = table->Freeze();
  Add(*table, 1, 2, 1000, kStart);
  table->EndBatch();
  StringSink sink;
  ASSERT_TRUE(frozen->Write(sink));
  StringSource source(sink.bytes);

  ASSERT_TRUE(restored->Restore(source));
  EXPECT_LT(Row(*restored, 1, kStart)[2], 1000);
  EXPECT_GE(Row(*table, 1, kStart)[2], 1000);
  StringSource cut(std::string_view(sink.bytes).substr(0, sink.bytes.size() - 3));
  EXPECT_EQ(Ranking(4)->Restore(cut).error().code(), Code::kDataLoss);
}

TEST_F(RowTablesTest, RankingMemory_ThirtyMembers_TakeAtMost260Bytes) {
  ports::fakes::ListedItems items(100'000);
  RankingTable table({SB_TABLE_RANKING, "near", true, 30, kHour}, epochs_, items);
  // Whole rows at once, as a restore makes them: 12 + 30 * 8 bytes and a slot of 8.
  for (uint64_t key = 0; key < 100'000; ++key) {
    for (sb_item member = 0; member < 30; ++member) Add(table, key, member, 1, kStart);
  }
  table.EndBatch();
  const auto frozen = table.Freeze();
  StringSink sink;
  ASSERT_TRUE(frozen->Write(sink));
  RankingTable restored({SB_TABLE_RANKING, "near", true, 30, kHour}, epochs_, items);
  StringSource source(sink.bytes);
  ASSERT_TRUE(restored.Restore(source));

  EXPECT_LE(restored.memory_bytes() / 100'000, 263u);  // 260 and the unused end of the last slab
}

TEST_F(RowTablesTest, RecentAdd_PastCapacity_DropsTheOldest) {
  RecentTable table({SB_TABLE_RECENT, "last", true, 2, 0}, epochs_, items_);
  const std::vector<uint64_t> keys = {5, 5, 6, 5}, members = {1, 2, 3, 4};
  const std::vector<int64_t> times = {10, 20, 30, 40};
  table.Add(keys.data(), members.data(), times.data(), keys.size());
  table.EndBatch();
  sb_recent_row row{};

  ASSERT_TRUE(table.Row(5, &row));
  EXPECT_THAT(std::vector(row.members, row.members + row.count), ElementsAre(2, 4));
  EXPECT_THAT(std::vector(row.times_ms, row.times_ms + row.count), ElementsAre(20, 40));
  EXPECT_FALSE(table.Row(7, &row));
}

TEST_F(RowTablesTest, RecentForget_MemberAndKey_AreGone) {
  RecentTable table({SB_TABLE_RECENT, "last", false, 3, 0}, epochs_, items_);
  const std::vector<uint64_t> keys = {77, 8, 8, 9}, members = {1, 77, 2, 77};
  const std::vector<int64_t> times = {1, 2, 3, 4};
  table.Add(keys.data(), members.data(), times.data(), keys.size());
  table.Forget(77);
  sb_recent_row row{};

  EXPECT_FALSE(table.Row(77, &row));
  EXPECT_FALSE(table.Row(9, &row));
  ASSERT_TRUE(table.Row(8, &row));
  EXPECT_THAT(std::vector(row.members, row.members + row.count), ElementsAre(2));
}

TEST_F(RowTablesTest, RecentRestore_Snapshot_GivesTheSameExport) {
  const TableOptions options{SB_TABLE_RECENT, "last", false, 3, 0};
  RecentTable table(options, epochs_, items_), restored(options, epochs_, items_);
  for (uint64_t i = 0; i < 3000; ++i) {
    const uint64_t key = i * i % 1009;
    const auto time = static_cast<int64_t>(i);
    table.Add(&key, &i, &time, 1);
  }
  table.EndBatch();
  StringSink sink;
  ASSERT_TRUE(table.Freeze()->Write(sink));
  StringSource source(sink.bytes);
  ASSERT_TRUE(restored.Restore(source));
  std::vector<std::string> a, b;
  table.Export(items_, &a);
  restored.Export(items_, &b);

  EXPECT_FALSE(a.empty());
  EXPECT_THAT(b, ::testing::UnorderedElementsAreArray(a));
}

TEST_F(RowTablesTest, VectorSet_FiniteAndNot_KeepsTheFinite) {
  VectorTable table({SB_TABLE_VECTOR, "taste", true, 2, 0}, epochs_, items_);
  const std::vector<uint64_t> keys = {1, 2, 1};
  const std::vector<float> values = {1, 2, 3, INFINITY, 5, 6};
  table.Set(keys.data(), values.data(), keys.size());
  table.EndBatch();

  ASSERT_NE(table.Row(1), nullptr);
  EXPECT_THAT(std::vector(table.Row(1), table.Row(1) + 2), ElementsAre(5, 6));
  EXPECT_EQ(table.Row(2), nullptr);
  StringSink sink;
  ASSERT_TRUE(table.Freeze()->Write(sink));
  VectorTable restored(table.options(), epochs_, items_);
  StringSource source(sink.bytes);
  ASSERT_TRUE(restored.Restore(source));
  EXPECT_EQ(restored.Row(1)[1], 6);
}

}  // namespace
}  // namespace signalbox::signals
