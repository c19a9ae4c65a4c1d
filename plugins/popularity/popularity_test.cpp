// Popularity: sums worked out by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "signalbox/testing.hpp"

namespace {

using signalbox::Item;
using signalbox::testing::EventFeed;
using signalbox::testing::FakeHost;
using signalbox::testing::TestPlugin;
using signalbox::testing::TestRequest;
using ::testing::ElementsAre;
using ::testing::FloatNear;
using ::testing::IsNan;

constexpr int64_t kHourMs = 3'600'000, kDayMs = 24 * kHourMs;
constexpr int64_t kNow = 20'000 * kDayMs + 6 * kHourMs;  // day 20,000, six in the morning

class PopularityTest : public ::testing::Test {
 protected:
  FakeHost host_;
  const Item boot_ = host_.AddItem("boot"), mug_ = host_.AddItem("mug"), tent_ = host_.AddItem("tent");
};

TestRequest At(int64_t now_ms, uint32_t window_days = 0) {
  TestRequest request;
  request.now_ms = now_ms;
  request.window_days = window_days;
  return request;
}

TEST_F(PopularityTest, Score_AfterHalfLives_HalvesEachTime) {
  TestPlugin plugin(host_, signalbox_plugin(), R"({"half_life_hours": 72})");
  EventFeed feed;
  feed.Add("anna", mug_, kNow - 144 * kHourMs, {.type = 3, .weight = 10});  // two half lives: 10 / 4
  feed.Add("bert", mug_, kNow, {.weight = 1});                              // + 1 = 3.5
  feed.Add("bert", boot_, kNow - 72 * kHourMs, {.type = 1, .weight = 3});   // one: 3 / 2
  plugin.Update(feed);

  const auto scores = plugin.Score(At(kNow), {mug_, boot_, tent_});

  EXPECT_THAT(scores, ElementsAre(FloatNear(3.5f, 1e-4f), FloatNear(1.5f, 1e-4f), IsNan()));
}

TEST_F(PopularityTest, Candidates_SomeEligible_GivesTheHeaviestOfThem) {
  TestPlugin plugin(host_, signalbox_plugin());
  EventFeed feed;
  feed.Add("anna", boot_, kNow, {.weight = 5});
  feed.Add("anna", mug_, kNow, {.weight = 1});
  feed.Add("bert", tent_, kNow, {.weight = 3});
  plugin.Update(feed);
  TestRequest request = At(kNow);
  request.Only({mug_, tent_});

  EXPECT_THAT(plugin.Candidates(At(kNow)).items, ElementsAre(boot_, tent_, mug_));
  EXPECT_THAT(plugin.Candidates(request).items, ElementsAre(tent_, mug_));
}

TEST_F(PopularityTest, Score_Window_SumsItsDaysWithoutDecay) {
  TestPlugin plugin(host_, signalbox_plugin(), R"({"half_life_hours": 1})");
  EventFeed feed;
  feed.Add("anna", mug_, kNow - 7 * kDayMs, {.weight = 2});                 // day 19,993: the seventh before
  feed.Add("anna", mug_, kNow - 3 * kDayMs, {.weight = 3});                 // day 19,997
  feed.Add("anna", mug_, kNow, {.weight = 1});                              // today
  feed.Add("bert", boot_, kNow - 7 * kDayMs - 7 * kHourMs, {.weight = 8});  // day 19,992: outside
  plugin.Update(feed);

  // Seven days: 2 + 3 + 1. Three days: 3 + 1. Boot is outside of both.
  EXPECT_THAT(plugin.Score(At(kNow, 7), {mug_, boot_}), ElementsAre(FloatNear(6, 1e-4f), IsNan()));
  EXPECT_THAT(plugin.Score(At(kNow, 3), {mug_, boot_}), ElementsAre(FloatNear(4, 1e-4f), IsNan()));
  EXPECT_THAT(plugin.Candidates(At(kNow, 7)).items, ElementsAre(mug_));
}

TEST_F(PopularityTest, Score_WindowLongerThanKept_SumsWhatIsKept) {
  TestPlugin plugin(host_, signalbox_plugin(), R"({"days_kept": 2})");
  EventFeed feed;
  feed.Add("anna", mug_, kNow - 2 * kDayMs, {.weight = 4});
  feed.Add("anna", mug_, kNow - kDayMs, {.weight = 2});
  feed.Add("anna", mug_, kNow, {.weight = 1});
  feed.Add("bert", mug_, kNow - 3 * kDayMs, {.weight = 8});  // late, and older than what is kept
  plugin.Update(feed);

  // 4 + 2 + 1: today and two days before it.
  EXPECT_THAT(plugin.Score(At(kNow, 30), {mug_}), ElementsAre(FloatNear(7, 1e-4f)));
}

TEST_F(PopularityTest, Update_NewestDayMoves_DropsOldDays) {
  TestPlugin plugin(host_, signalbox_plugin(), R"({"days_kept": 2})");
  EventFeed feed;
  feed.Add("anna", mug_, kNow, {.weight = 4});
  feed.Add("anna", boot_, kNow + 3 * kDayMs, {.weight = 1});
  plugin.Update(feed);

  EXPECT_EQ(host_.table("days")->counters.size(), 1u);
  EXPECT_THAT(plugin.Score(At(kNow, 1), {mug_}), ElementsAre(IsNan()));
}

TEST_F(PopularityTest, Update_AnyBatchCuts_GivesTheSameState) {
  EventFeed feed;
  for (int i = 0; i < 400; ++i) {
    // Times that jump back and forth over 60 days, more than the 35 that are kept.
    const int64_t time = kNow + (i * 7'919 % 60 + i / 40) * kDayMs;
    feed.Add("visitor" + std::to_string(i % 7), static_cast<Item>(i % 3), time, {.weight = 1.0f + i % 4});
  }

  EXPECT_EQ(signalbox::testing::CompareBatchCuts(host_, signalbox_plugin(), "{}", feed), "");
}

TEST_F(PopularityTest, Restore_ThenLateEvent_TreatsItAsBefore) {
  TestPlugin plugin(host_, signalbox_plugin(), R"({"days_kept": 2})");
  EventFeed feed;
  feed.Add("anna", mug_, kNow, {.weight = 4});
  plugin.Update(feed);
  FakeHost other;
  signalbox::testing::CopyItems(host_, &other);
  const auto copy = plugin.Restored(other);
  EventFeed late;
  late.Add("bert", boot_, kNow - 3 * kDayMs, {.weight = 8});

  plugin.Update(late);
  copy->Update(late);

  EXPECT_EQ(signalbox::testing::FirstDifference(plugin.Export(), copy->Export()), "");
  EXPECT_EQ(other.table("days")->counters.size(), 1u);
}

TEST_F(PopularityTest, Explain_Window_NamesIt) {
  TestPlugin plugin(host_, signalbox_plugin());
  EventFeed feed;
  feed.Add("anna", mug_, kNow);
  plugin.Update(feed);

  EXPECT_EQ(plugin.Explain(At(kNow), mug_).reason, "popular with visitors lately");
  EXPECT_EQ(plugin.Explain(At(kNow, 7), mug_).reason, "trending in the last 7 days");
  EXPECT_EQ(plugin.Explain(At(kNow), boot_).reason, "");
}

}  // namespace
