// Recency: newness worked out by hand, and the order of the newest.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "newest_first.hpp"
#include "signalbox/testing.hpp"

namespace {

using signalbox::Item;
using signalbox::recency::NewestFirst;
using signalbox::testing::FakeHost;
using signalbox::testing::TestPlugin;
using signalbox::testing::TestRequest;
using ::testing::ElementsAre;
using ::testing::FloatNear;

constexpr int64_t kDayMs = 86'400'000;
constexpr int64_t kNow = 20'000 * kDayMs;

class RecencyTest : public ::testing::Test {
 protected:
  Item AddItem(const char* id, int64_t created_ms) {
    const Item item = host_.AddItem(id);
    host_.SetNumber(item, "created_at", static_cast<double>(created_ms));
    return item;
  }
  static TestRequest Now() {
    TestRequest request;
    request.now_ms = kNow;
    return request;
  }

  FakeHost host_;
  const Item old_ = AddItem("old", kNow - 60 * kDayMs), month_ = AddItem("month", kNow - 30 * kDayMs),
             fresh_ = AddItem("fresh", kNow), ahead_ = AddItem("ahead", kNow + kDayMs);
};

TEST_F(RecencyTest, Score_DefaultHalfLife_HalvesEveryThirtyDays) {
  TestPlugin plugin(host_, signalbox_plugin());

  // 2^(-60/30), 2^(-30/30), 2^0, and 1 for what is dated ahead.
  EXPECT_THAT(plugin.Score(Now(), {old_, month_, fresh_, ahead_}),
              ElementsAre(FloatNear(0.25f, 1e-6f), FloatNear(0.5f, 1e-6f), 1.0f, 1.0f));
}

TEST_F(RecencyTest, Score_ConfiguredHalfLife_Counts) {
  TestPlugin plugin(host_, signalbox_plugin(), R"({"half_life_days": 15})");

  EXPECT_THAT(plugin.Score(Now(), {month_}), ElementsAre(FloatNear(0.25f, 1e-6f)));  // 2^(-30/15)
}

TEST_F(RecencyTest, Candidates_QuotaAndFilter_GivesTheNewestEligible) {
  TestPlugin plugin(host_, signalbox_plugin());
  plugin.PutItems({old_, month_, fresh_, ahead_});
  TestRequest two = Now();
  two.quota = 2;
  TestRequest filtered = Now();
  filtered.Only({old_, month_});

  EXPECT_THAT(plugin.Candidates(two).items, ElementsAre(ahead_, fresh_));
  EXPECT_THAT(plugin.Candidates(filtered).items, ElementsAre(month_, old_));
  EXPECT_THAT(plugin.Candidates(filtered).scores,
              ElementsAre(FloatNear(0.5f, 1e-6f), FloatNear(0.25f, 1e-6f)));
}

TEST_F(RecencyTest, ItemsChanged_MovedAndDeleted_FollowsInCandidates) {
  TestPlugin plugin(host_, signalbox_plugin());
  plugin.PutItems({old_, month_, fresh_});
  host_.SetNumber(old_, "created_at", static_cast<double>(kNow - kDayMs));

  plugin.ChangeItems({old_}, {fresh_});

  EXPECT_THAT(plugin.Candidates(Now()).items, ElementsAre(old_, month_));
}

TEST_F(RecencyTest, Snapshot_Restored_GivesTheSame) {
  TestPlugin plugin(host_, signalbox_plugin());
  plugin.PutItems({old_, month_, fresh_, ahead_});

  EXPECT_EQ(signalbox::testing::CompareRestored(host_, plugin), "");
}

TEST_F(RecencyTest, Restore_CutShort_Fails) {
  TestPlugin plugin(host_, signalbox_plugin());
  plugin.PutItems({old_, month_});
  TestPlugin other(host_, signalbox_plugin());
  const std::string bytes = plugin.Snapshot();

  EXPECT_THROW(other.Restore(bytes.substr(0, bytes.size() - 1)), signalbox::testing::HookFailed);
}

TEST_F(RecencyTest, Explain_ByAge_SaysSo) {
  TestPlugin plugin(host_, signalbox_plugin());

  EXPECT_EQ(plugin.Explain(Now(), fresh_).reason, "new today");
  EXPECT_EQ(plugin.Explain(Now(), month_).reason, "added 30 days ago");
  EXPECT_EQ(plugin.Explain(Now(), old_).reason, "");
}

TEST(NewestFirstTest, Set_ManyInAnyOrder_StaysSortedAndVersionsStayAsTheyWere) {
  NewestFirst list;
  std::vector<int64_t> times(5'000);  // about ten blocks
  std::mt19937 random(7);
  for (Item item = 0; item < times.size(); ++item) {
    times[item] = static_cast<int64_t>(random() % 1'000);
    list.Set(item, times[item]);
  }
  list.Publish();
  const auto former = list.version();
  for (int i = 0; i < 5'000; ++i) {
    const Item item = random() % times.size();
    if (i % 3 == 0) {
      list.Remove(item);
      times[item] = -1;
    } else {
      list.Set(item, times[item] = static_cast<int64_t>(random() % 1'000));
    }
  }
  list.Publish();

  std::vector<std::pair<int64_t, Item>> expected, actual;
  for (Item item = 0; item < times.size(); ++item) {
    if (times[item] >= 0) expected.emplace_back(-times[item], item);
  }
  std::sort(expected.begin(), expected.end());
  NewestFirst::ForEach(*list.version(), [&](const NewestFirst::Entry& entry) {
    actual.emplace_back(-entry.time_ms, entry.item);
    return true;
  });
  size_t in_former = 0;
  NewestFirst::ForEach(*former, [&](const NewestFirst::Entry&) { return ++in_former > 0; });

  EXPECT_EQ(actual, expected);
  EXPECT_EQ(list.size(), expected.size());
  EXPECT_EQ(in_former, 5'000u);
}

}  // namespace
