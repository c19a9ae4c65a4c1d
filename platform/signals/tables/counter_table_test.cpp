// Counters against values worked out by hand, and against a plain model.
#include "signals/tables/counter_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>

#include "ports/fakes/listed_items.hpp"
#include "signals/tables/table_bytes.hpp"

namespace signalbox::signals {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr int64_t kHour = 3'600'000;
constexpr int64_t kStart = 1'700'000'000'000;

class CounterTableTest : public ::testing::Test {
 protected:
  std::unique_ptr<CounterTable> Make(double half_life_ms, bool dense = true) {
    return std::make_unique<CounterTable>(TableOptions{SB_TABLE_COUNTER, "heat", dense, 1, half_life_ms},
                                          epochs_, items_);
  }
  static void Add(CounterTable& table, uint32_t group, uint64_t key, float weight, int64_t time_ms) {
    table.Add(&group, &key, &weight, &time_ms, 1);
  }
  static float Read(const CounterTable& table, std::vector<uint32_t> groups, uint64_t key, int64_t now_ms) {
    float value = 0;
    table.Read(groups.data(), groups.size(), &key, 1, now_ms, &value);
    return value;
  }
  struct TopList {
    std::vector<sb_item> items;
    std::vector<float> values;
  };
  static TopList Top(const CounterTable& table, std::vector<uint32_t> groups, size_t k, int64_t now_ms,
                     const std::vector<uint64_t>* eligible = nullptr) {
    TopList top{std::vector<sb_item>(k), std::vector<float>(k)};
    const size_t found = table.Top(groups.data(), groups.size(), k, eligible ? eligible->data() : nullptr,
                                   eligible ? static_cast<uint32_t>(eligible->size() * 64) : 0, now_ms,
                                   top.items.data(), top.values.data());
    top.items.resize(found);
    top.values.resize(found);
    return top;
  }

  EpochDomain epochs_;
  ports::fakes::ListedItems items_{20'000};
};

TEST_F(CounterTableTest, Read_TwoAddsOneHalfLifeApart_HalvesTheOlder) {
  auto table = Make(kHour);
  Add(*table, 0, 7, 4, kStart);
  Add(*table, 0, 7, 1, kStart + kHour);
  table->EndBatch();

  EXPECT_FLOAT_EQ(Read(*table, {0}, 7, kStart + kHour), 3);          // 4/2 + 1
  EXPECT_FLOAT_EQ(Read(*table, {0}, 7, kStart + 3 * kHour), 0.75f);  // 4/8 + 1/4
  EXPECT_TRUE(std::isnan(Read(*table, {0}, 8, kStart)));
  EXPECT_TRUE(std::isnan(Read(*table, {1}, 7, kStart)));
}

TEST_F(CounterTableTest, Read_LateEvent_CountsByItsOwnTime) {
  auto table = Make(kHour);
  Add(*table, 0, 1, 1, kStart + kHour);
  Add(*table, 0, 1, 4, kStart - kHour);

  EXPECT_FLOAT_EQ(Read(*table, {0}, 1, kStart + kHour), 2);  // 1 + 4/4
}

TEST_F(CounterTableTest, Read_NoDecay_StaysExact) {
  auto table = Make(0);
  for (int i = 0; i < 1000; ++i) Add(*table, 0, 3, 3, kStart + i * kHour);

  EXPECT_EQ(Read(*table, {0}, 3, kStart), 3000);
}

TEST_F(CounterTableTest, Read_ThousandsOfHalfLivesLater_NewAmountsAreRight) {
  auto table = Make(1000);  // one second
  Add(*table, 0, 5, 8, kStart);
  Add(*table, 0, 6, 8, kStart);
  Add(*table, 0, 5, 2, kStart + 5'000'000);
  table->EndBatch();

  EXPECT_FLOAT_EQ(Read(*table, {0}, 5, kStart + 5'000'000), 2);
  EXPECT_EQ(Read(*table, {0}, 6, kStart + 5'000'000), 0);  // known, but worth nothing
  EXPECT_THAT(Top(*table, {0}, 2, kStart + 5'000'000).items, ElementsAre(5, 6));
}

TEST_F(CounterTableTest, Add_WeightsThatAreNoAmounts_AreIgnored) {
  auto table = Make(kHour);
  for (const float weight : {0.0f, -1.0f, INFINITY, NAN}) Add(*table, 0, 2, weight, kStart);
  Add(*table, 0, 20'000, 1, kStart);  // no such item

  EXPECT_TRUE(std::isnan(Read(*table, {0}, 2, kStart)));
  EXPECT_TRUE(std::isnan(Read(*table, {0}, 20'000, kStart)));
}

TEST_F(CounterTableTest, Read_HashKeys_DecayAlike) {
  auto table = Make(kHour, false);
  Add(*table, 0, 0, 4, kStart);  // 0 is a key like any other
  Add(*table, 0, UINT64_MAX, 4, kStart);
  Add(*table, 0, UINT64_MAX, 1, kStart + kHour);

  EXPECT_NEAR(Read(*table, {0}, 0, kStart + kHour), 2, 1e-5);
  EXPECT_NEAR(Read(*table, {0}, UINT64_MAX, kStart + kHour), 3, 1e-5);
  EXPECT_TRUE(std::isnan(Read(*table, {0}, 1, kStart)));
}

TEST_F(CounterTableTest, Top_Ties_GoById) {
  auto table = Make(0);
  // Ids are texts: "10" < "2" < "9".
  for (const uint64_t key : {9u, 2u, 10u}) Add(*table, 0, key, 1, kStart);
  Add(*table, 0, 4, 2, kStart);
  table->EndBatch();

  const auto top = Top(*table, {0}, 10, kStart);

  EXPECT_THAT(top.items, ElementsAre(4, 10, 2, 9));
  EXPECT_THAT(top.values, ElementsAre(2, 1, 1, 1));
}

TEST_F(CounterTableTest, Top_FewEligibleBelowTheLeaderboard_AreStillFound) {
  auto table = Make(0);
  for (uint64_t key = 0; key < 10'000; ++key)
    Add(*table, 0, key, 10'000.0f - static_cast<float>(key), kStart);
  table->EndBatch();
  std::vector<uint64_t> eligible(20'000 / 64 + 1, 0);
  for (const uint64_t key : {7u, 9'000u, 9'999u, 15'000u}) eligible[key / 64] |= uint64_t{1} << (key % 64);

  // 15,000 was never counted.
  EXPECT_THAT(Top(*table, {0}, 5, kStart, &eligible).items, ElementsAre(7, 9'000, 9'999));
}

TEST_F(CounterTableTest, Top_SeveralGroups_SumsThem) {
  auto table = Make(0);
  Add(*table, 1, 10, 5, kStart);
  Add(*table, 2, 11, 5, kStart);
  Add(*table, 1, 12, 3, kStart);
  Add(*table, 2, 12, 3, kStart);
  Add(*table, 3, 11, 9, kStart);
  table->EndBatch();

  const auto top = Top(*table, {1, 2}, 2, kStart);

  EXPECT_THAT(top.items, ElementsAre(12, 10));  // 3 + 3, then 5 ("10" before "11")
  EXPECT_THAT(top.values, ElementsAre(6, 5));
  EXPECT_EQ(Read(*table, {1, 2, 3}, 11, kStart), 14);
}

TEST_F(CounterTableTest, Top_RandomAddsInManyBatches_EqualsAFullSort) {
  auto table = Make(kHour);
  std::mt19937 random(1);
  std::map<uint32_t, std::map<sb_item, double>> model;  // at kStart
  for (int batch = 0; batch < 200; ++batch) {
    for (int i = 0; i < 200; ++i) {
      const auto group = static_cast<uint32_t>(random() % 3);
      const auto key = static_cast<sb_item>(random() % 150 * (random() % 130));
      const auto hours = static_cast<int64_t>(random() % 20);
      Add(*table, group, key, 1, kStart - hours * kHour);
      model[group][key] += std::exp2(static_cast<double>(-hours));
    }
    table->EndBatch();
  }
  for (const std::vector<uint32_t>& groups : {std::vector<uint32_t>{1}, {0, 1, 2}}) {
    std::map<sb_item, double> sums;
    for (const uint32_t group : groups) {
      for (const auto& [key, value] : model[group]) sums[key] += value;
    }
    std::vector<double> expected;
    for (const auto& [key, value] : sums) expected.push_back(value);
    std::sort(expected.rbegin(), expected.rend());
    for (const size_t k : {10u, 1000u, 20'000u}) {
      const auto top = Top(*table, groups, k, kStart);
      ASSERT_EQ(top.items.size(), std::min(k, expected.size()));
      for (size_t i = 0; i < top.items.size(); ++i) {
        ASSERT_NEAR(top.values[i], expected[i], 1e-4) << "k " << k << ", place " << i;
        ASSERT_NEAR(top.values[i], sums[top.items[i]], 1e-4);
      }
    }
  }
}

TEST_F(CounterTableTest, DropGroups_OlderDays_AreGone) {
  auto table = Make(0);
  for (const uint32_t day : {1u, 2u, 3u}) Add(*table, day, 5, 1, kStart);
  table->DropGroups(3);
  table->EndBatch();

  EXPECT_EQ(Read(*table, {1, 2, 3}, 5, kStart), 1);
  EXPECT_THAT(Top(*table, {1, 2}, 5, kStart).items, IsEmpty());
}

TEST_F(CounterTableTest, Freeze_AddsWhileItIsWritten_AreNotInIt) {
  auto table = Make(kHour);
  Add(*table, 0, 5, 1, kStart);
  Add(*table, 2, 64, 2, kStart);
  table->EndBatch();

  const auto frozen = table->Freeze();
  Add(*table, 0, 5, 10, kStart);
  Add(*table, 0, 6, 10, kStart);
  table->EndBatch();
  StringSink sink;
  ASSERT_TRUE(frozen->Write(sink));
  auto restored = Make(kHour);
  StringSource source(sink.bytes);

  ASSERT_TRUE(restored->Restore(source));
  EXPECT_EQ(Read(*restored, {0}, 5, kStart), 1);
  EXPECT_TRUE(std::isnan(Read(*restored, {0}, 6, kStart)));
  EXPECT_EQ(Read(*restored, {2}, 64, kStart), 2);
  EXPECT_THAT(Top(*restored, {0, 2}, 5, kStart).items, ElementsAre(64, 5));
  EXPECT_EQ(Read(*table, {0}, 5, kStart), 11);
}

TEST_F(CounterTableTest, Restore_AnyCutOrFlip_IsRefusedOrHarmless) {
  auto table = Make(kHour);
  for (uint64_t key = 0; key < 200; key += 3) Add(*table, key % 2, key, 1.5f, kStart);
  table->EndBatch();
  StringSink sink;
  ASSERT_TRUE(table->Freeze()->Write(sink));

  for (size_t size = 0; size < sink.bytes.size(); size += 7) {
    auto restored = Make(kHour);
    StringSource source(std::string_view(sink.bytes).substr(0, size));
    const auto result = restored->Restore(source);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code(), Code::kDataLoss);
  }
  for (size_t at = 0; at < sink.bytes.size(); at += 5) {
    std::string flipped = sink.bytes;
    flipped[at] = static_cast<char>(flipped[at] ^ 0x55);
    auto restored = Make(kHour);
    StringSource source(flipped);
    (void)restored->Restore(source);
  }
}

TEST_F(CounterTableTest, Export_SameAmountsInAnotherOrder_ReadAlike) {
  auto forward = Make(kHour), backward = Make(kHour);
  std::mt19937 random(2);
  std::vector<std::pair<float, int64_t>> amounts;
  for (int i = 0; i < 500; ++i)
    amounts.emplace_back(1.0f + static_cast<float>(random() % 9), kStart - random() % 90'000'000);
  for (size_t i = 0; i < amounts.size(); ++i) {
    Add(*forward, 0, i % 7, amounts[i].first, amounts[i].second);
    const size_t j = amounts.size() - 1 - i;
    Add(*backward, 0, j % 7, amounts[j].first, amounts[j].second);
  }
  std::vector<std::string> a, b;
  forward->Export(items_, &a);
  backward->Export(items_, &b);
  const auto value_of = [](const std::string& line) {
    const auto at = line.rfind(' ');
    const double mantissa = std::stod(line.substr(at + 1));
    return mantissa *
           std::exp2(std::stod(line.substr(line.rfind('p') + 1)) - std::floor(kStart / double{kHour}));
  };

  ASSERT_EQ(a.size(), 7u);
  ASSERT_EQ(b.size(), 7u);
  for (size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(value_of(a[i]), value_of(b[i]), 1e-4 * value_of(a[i]));
  EXPECT_EQ(a[0], b[0]);
}

TEST_F(CounterTableTest, MemoryBytes_DenseKeys_AreAboutEightEach) {
  auto table = Make(kHour);
  for (uint64_t key = 0; key < 20'000; ++key) {
    Add(*table, 0, key, 1, kStart);
    if (key % 500 == 0) table->EndBatch();
    if (key % 500 == 0) epochs_.Collect();
  }
  table->EndBatch();

  // 528 bytes for 64 keys; 65,536 are the leaderboard's, 393,216 an unused slab's end and what
  // growing chunks left for others.
  EXPECT_LT(table->memory_bytes(), 20'000u * 33 / 4 + 65'536 + 393'216);
}

}  // namespace
}  // namespace signalbox::signals
