// Co-view's formula, worked out by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <string>

#include "signalbox/testing.hpp"

namespace signalbox::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr int64_t kStart = 1'700'000'000'000;
constexpr int64_t kDay = 86'400'000;
constexpr auto kForEver = R"({"half_life_days": 0})";

class CoViewTest : public ::testing::Test {
 protected:
  void Visit(std::string_view visitor, std::initializer_list<Item> items, int64_t time_ms = kStart) {
    for (const Item item : items) feed_.Add(visitor, item, time_ms);
  }
  TestRequest Viewed(std::initializer_list<Item> items, int64_t now_ms = kStart) {
    TestRequest request;
    request.now_ms = now_ms;
    return request.Viewed(items);
  }

  FakeHost host_;
  const Item a_ = host_.AddItem("a");
  const Item b_ = host_.AddItem("b");
  const Item c_ = host_.AddItem("c");
  const Item d_ = host_.AddItem("d");
  EventFeed feed_;
};

TEST_F(CoViewTest, Score_OneVisit_CountsByDistanceAndDirection) {
  // a b c: a>b 1, b>a 1/2; then c with b at distance 1 and a at 2: b>c 1, c>b 1/2, a>c 1/2, c>a 1/4.
  // Every item has one event, so there is nothing to divide out.
  Visit("anna", {a_, b_, c_});
  TestPlugin plugin(host_, signalbox_plugin(), kForEver);

  plugin.Update(feed_);

  const auto from_a = plugin.Score(Viewed({a_}), {a_, b_, c_, d_});
  EXPECT_TRUE(std::isnan(from_a[0]));
  EXPECT_NEAR(from_a[1], 1, 1e-6);
  EXPECT_NEAR(from_a[2], .5, 1e-6);
  EXPECT_TRUE(std::isnan(from_a[3]));
  const auto from_c = plugin.Score(Viewed({c_}), {a_, b_});
  EXPECT_NEAR(from_c[0], .25, 1e-6);
  EXPECT_NEAR(from_c[1], .5, 1e-6);
}

TEST_F(CoViewTest, Score_PopularItem_IsDampedOnBothEnds) {
  // a has 4 events, b 1. From a: 1 * 4^-.5 = .5. From b: 1/2 * 1^-.5 * 4^-.2 = .5 * .757858 = .378929.
  Visit("anna", {a_, b_});
  Visit("ben", {a_});
  Visit("cleo", {a_});
  Visit("dora", {a_});
  TestPlugin plugin(host_, signalbox_plugin(), kForEver);

  plugin.Update(feed_);

  EXPECT_NEAR(plugin.Score(Viewed({a_}), {b_})[0], .5, 1e-5);
  EXPECT_NEAR(plugin.Score(Viewed({b_}), {a_})[0], .378929, 1e-5);
}

TEST_F(CoViewTest, Score_LongerHistory_CountsTheOlderItemLess) {
  // From c (newest, 1): d 1. From a (one back, 1/2): b 1/2.
  Visit("anna", {a_, b_});
  Visit("ben", {c_, d_});
  TestPlugin plugin(host_, signalbox_plugin(), kForEver);

  plugin.Update(feed_);

  const auto scores = plugin.Score(Viewed({a_, c_}), {b_, d_});
  EXPECT_NEAR(scores[0], .5, 1e-6);
  EXPECT_NEAR(scores[1], 1, 1e-6);
}

TEST_F(CoViewTest, Score_HalfLifePassed_HalvesThePair) {
  // Half life 1 day, now 1 day after a b and just after a c: a>b 1/2, a>c 1; events a 1.5, b .5, c 1.
  // b: .5 * 1.5^-.5 * .5^-.2 = .5 * .816497 * 1.148698 = .468954. c: 1 * .816497 * 1 = .816497.
  Visit("anna", {a_, b_}, kStart);
  Visit("ben", {a_, c_}, kStart + kDay);
  TestPlugin plugin(host_, signalbox_plugin(), R"({"half_life_days": 1})");

  plugin.Update(feed_);

  const auto scores = plugin.Score(Viewed({a_}, kStart + kDay), {b_, c_});
  EXPECT_NEAR(scores[0], .468954, 1e-5);
  EXPECT_NEAR(scores[1], .816497, 1e-5);
}

TEST_F(CoViewTest, Score_PurchaseAfterView_WeighsByTheEvent) {
  // b is bought (10): a>b 10, b>a 5; events a 1, b 10. From a: 10 * 10^-.2 = 6.309573.
  feed_.Add("anna", a_, kStart).Add("anna", b_, kStart, {.type = 3, .weight = 10});
  TestPlugin plugin(host_, signalbox_plugin(), kForEver);

  plugin.Update(feed_);

  EXPECT_NEAR(plugin.Score(Viewed({a_}), {b_})[0], 6.309573, 1e-4);
}

TEST_F(CoViewTest, Score_ItemSeenTwice_PairsDistinctItems) {
  // a b a c: the second a pairs with b alone (b>a 1, a>b 1/2); c with a at 1 and b at 2.
  // b>a: 1/2 (of a>b's way back) + 1 = 1.5; events a 2, b 1: from b 1.5 * 2^-.2 = 1.305826.
  // b>c: 1/2.
  Visit("anna", {a_, b_, a_, c_});
  TestPlugin plugin(host_, signalbox_plugin(), kForEver);

  plugin.Update(feed_);

  const auto scores = plugin.Score(Viewed({b_}), {a_, c_});
  EXPECT_NEAR(scores[0], 1.305826, 1e-5);
  EXPECT_NEAR(scores[1], .5, 1e-6);
}

TEST_F(CoViewTest, Score_BeyondReach_MakesNoPair) {
  Visit("anna", {a_, b_, c_});
  TestPlugin plugin(host_, signalbox_plugin(), R"({"half_life_days": 0, "reach": 1})");

  plugin.Update(feed_);

  EXPECT_TRUE(std::isnan(plugin.Score(Viewed({a_}), {c_})[0]));
}

TEST_F(CoViewTest, Candidates_FullRow_KeepsTheHeaviest) {
  Visit("anna", {a_, b_});
  Visit("ben", {a_, b_});
  Visit("cleo", {a_, c_});
  Visit("dora", {a_, d_});
  TestPlugin plugin(host_, signalbox_plugin(), R"({"half_life_days": 0, "neighbours": 2})");

  plugin.Update(feed_);

  EXPECT_THAT(plugin.Candidates(Viewed({a_})).items, UnorderedElementsAre(b_, d_));
}

TEST_F(CoViewTest, Candidates_QuotaAndEligible_GivesTheBestWithTiesById) {
  Visit("anna", {a_, b_});
  Visit("ben", {a_, c_});
  Visit("cleo", {a_, d_});
  Visit("dora", {a_, d_});
  TestPlugin plugin(host_, signalbox_plugin(), kForEver);
  TestRequest request = Viewed({a_});
  request.quota = 1;

  plugin.Update(feed_);

  EXPECT_THAT(plugin.Candidates(request).items, ElementsAre(d_));
  EXPECT_THAT(plugin.Candidates(request.Only({b_, c_})).items, ElementsAre(b_));
}

TEST_F(CoViewTest, Candidates_ContextItemOnly_GivesItsPartners) {
  Visit("anna", {a_, b_});
  TestPlugin plugin(host_, signalbox_plugin(), kForEver);
  TestRequest request;
  request.now_ms = kStart;

  plugin.Update(feed_);

  EXPECT_THAT(plugin.Candidates(request).items, IsEmpty());
  request.context_item = b_;
  EXPECT_THAT(plugin.Candidates(request).items, ElementsAre(a_));
}

TEST_F(CoViewTest, Explain_KnownPair_NamesTheStrongestItem) {
  // From c, newest: 1; from a, one back: 1/2.
  Visit("anna", {a_, b_});
  Visit("ben", {c_, b_});
  host_.SetText(c_, "title", "Blue mug");
  TestPlugin plugin(host_, signalbox_plugin(), kForEver);

  plugin.Update(feed_);

  const auto explanation = plugin.Explain(Viewed({a_, c_}), b_);
  EXPECT_EQ(explanation.reason, "viewed together with Blue mug");
  EXPECT_THAT(explanation.items, ElementsAre(c_, a_));
  EXPECT_EQ(plugin.Explain(Viewed({a_}), b_).reason, "viewed together with a");
  EXPECT_EQ(plugin.Explain(Viewed({a_}), d_).reason, "");
}

TEST_F(CoViewTest, Update_AnyBatchCuts_GiveTheSameState) {
  std::mt19937 random(1);
  for (int i = 0; i < 30; ++i) host_.AddItem("item" + std::to_string(i));
  for (int i = 0; i < 2000; ++i) {
    feed_.Add("visitor" + std::to_string(random() % 40), random() % 30, kStart + i * 60'000,
              {.weight = static_cast<float>(1 + random() % 3)});
  }

  EXPECT_EQ(CompareBatchCuts(host_, signalbox_plugin(), "{}", feed_), "");
  EXPECT_EQ(CompareBatchCuts(host_, signalbox_plugin(), R"({"neighbours": 4, "half_life_days": 1})", feed_),
            "");
}

TEST_F(CoViewTest, Restore_Tables_GiveTheSameAnswers) {
  Visit("anna", {a_, b_, c_});
  TestPlugin plugin(host_, signalbox_plugin());
  plugin.Update(feed_);
  FakeHost other;
  CopyItems(host_, &other);

  const auto restored = plugin.Restored(other);

  EXPECT_EQ(CompareRestored(host_, plugin), "");
  EXPECT_EQ(restored->Candidates(Viewed({a_})).scores, plugin.Candidates(Viewed({a_})).scores);
}

}  // namespace
}  // namespace signalbox::testing
