// What the template's formula gives, worked out by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "signalbox/testing.hpp"

namespace signalbox::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatNear;

constexpr int64_t kHour = 3'600'000;
constexpr int64_t kStart = 1'700'000'000'000;

class TemplateTest : public ::testing::Test {
 protected:
  FakeHost host_;
  const Item mug_ = host_.AddItem("mug");
  const Item pan_ = host_.AddItem("pan");
  const Item tent_ = host_.AddItem("tent");
  EventFeed feed_;
};

TEST_F(TemplateTest, Score_EventsAtTwoTimes_HalvesTheOlder) {
  // Half life 1 h. mug: 10 an hour ago = 5, and 3 now = 8. pan: 1 now. tent: never seen.
  feed_.Add("anna", mug_, kStart, {.type = 3, .weight = 10});
  feed_.Add("anna", mug_, kStart + kHour, {.type = 1, .weight = 3});
  feed_.Add("ben", pan_, kStart + kHour);
  TestPlugin plugin(host_, signalbox_plugin(), R"({"half_life_hours": 1})");
  TestRequest request;
  request.now_ms = kStart + kHour;

  plugin.Update(feed_);

  const auto scores = plugin.Score(request, {mug_, pan_, tent_});
  EXPECT_NEAR(scores[0], 8, 1e-5);
  EXPECT_NEAR(scores[1], 1, 1e-5);
  EXPECT_TRUE(std::isnan(scores[2]));
}

TEST_F(TemplateTest, Candidates_NotAllEligible_GivesTheHeaviestEligible) {
  feed_.Add("anna", mug_, kStart, {.weight = 5}).Add("ben", pan_, kStart).Add("ben", tent_, kStart);
  TestPlugin plugin(host_, signalbox_plugin());
  TestRequest request;
  request.now_ms = kStart;
  request.Only({pan_, tent_});

  plugin.Update(feed_);

  // pan and tent both weigh 1: the tie goes by id.
  EXPECT_THAT(plugin.Candidates(request).items, ElementsAre(pan_, tent_));
}

TEST_F(TemplateTest, Explain_SeenItem_SaysWhy) {
  feed_.Add("anna", mug_, kStart);
  TestPlugin plugin(host_, signalbox_plugin());
  TestRequest request;
  request.now_ms = kStart;

  plugin.Update(feed_);

  EXPECT_EQ(plugin.Explain(request, mug_).reason, "popular right now");
  EXPECT_EQ(plugin.Explain(request, tent_).reason, "");
}

TEST_F(TemplateTest, Update_AnyBatchCuts_GiveTheSameState) {
  for (int i = 0; i < 200; ++i)
    feed_.Add(i % 3 == 0 ? "anna" : "ben", static_cast<Item>(i % 2), kStart + i * kHour);

  EXPECT_EQ(CompareBatchCuts(host_, signalbox_plugin(), "{}", feed_), "");
}

TEST_F(TemplateTest, Rules_OfEveryPlugin_AreKept) {
  EXPECT_THAT(CheckConformance(signalbox_plugin()), ::testing::IsEmpty());
}

}  // namespace
}  // namespace signalbox::testing
