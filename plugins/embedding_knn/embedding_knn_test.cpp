// The plugin through its hooks: profiles and similarities worked out by hand.
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
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::FloatNear;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsNan;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

constexpr auto kTwoD = R"({"dimension": 4})";  // given vectors of two are padded

class EmbeddingKnnTest : public ::testing::Test {
 protected:
  Item Add(const char* id, float x, float y) {
    const Item item = host_.AddItem(id);
    host_.SetVector(item, "embedding", {x, y});
    return item;
  }

  FakeHost host_;
  const Item east_ = Add("east", 2, 0), north_east_ = Add("north_east", 0.8f, 0.6f),
             north_ = Add("north", 0, 1), bare_ = host_.AddItem("bare");
  const std::vector<Item> all_ = {east_, north_east_, north_, bare_};
};

TEST_F(EmbeddingKnnTest, Score_OneItemSeen_IsTheCosine) {
  TestPlugin plugin(host_, signalbox_plugin(), kTwoD);
  plugin.PutItems(all_);

  const auto scores = plugin.Score(TestRequest().Viewed({east_}), all_);

  // cos((1,0), (1,0)) = 1, with (0.8,0.6) 0.8, with (0,1) 0; no vector, no opinion.
  EXPECT_THAT(scores, ElementsAre(FloatNear(1, 1e-6f), FloatNear(0.8f, 1e-6f), FloatNear(0, 1e-6f), IsNan()));
}

TEST_F(EmbeddingKnnTest, Score_TwoItemsSeen_OlderCountsLess) {
  TestPlugin plugin(host_, signalbox_plugin(), kTwoD);
  plugin.PutItems(all_);

  const auto scores = plugin.Score(TestRequest().Viewed({north_, east_}), {east_, north_});

  // Profile (1, 0.8) / sqrt(1.64): 0.780869 and 0.624695.
  EXPECT_THAT(scores, ElementsAre(FloatNear(0.780869f, 1e-5f), FloatNear(0.624695f, 1e-5f)));
}

TEST_F(EmbeddingKnnTest, Score_PurchaseAndView_WeighsByEvent) {
  EventFeed feed;
  feed.Add("anna", north_, 1000, {.type = 3, .weight = 10});
  feed.Add("anna", east_, 2000, {.type = 0, .weight = 1});
  const TestRequest request = TestRequest().By(feed, "anna");
  TestPlugin weighed(host_, signalbox_plugin(), kTwoD);
  weighed.PutItems(all_);
  TestPlugin plain(host_, signalbox_plugin(), R"({"dimension": 4, "weigh_events": false})");
  plain.PutItems(all_);

  // (1, 0.8 * 10) / sqrt(65) = (0.124035, 0.992278); without weights (1, 0.8) as above.
  EXPECT_THAT(weighed.Score(request, {north_}), ElementsAre(FloatNear(0.992278f, 1e-5f)));
  EXPECT_THAT(plain.Score(request, {north_}), ElementsAre(FloatNear(0.624695f, 1e-5f)));
}

TEST_F(EmbeddingKnnTest, Candidates_ContextItem_GivesItsNeighboursWithoutItself) {
  TestPlugin plugin(host_, signalbox_plugin(), kTwoD);
  plugin.PutItems(all_);
  TestRequest request;
  request.context_item = east_;

  const auto candidates = plugin.Candidates(request);

  EXPECT_THAT(candidates.items, ElementsAre(north_east_, north_));
  EXPECT_THAT(candidates.scores, ElementsAre(FloatNear(0.8f, 1e-6f), FloatNear(0, 1e-6f)));
}

TEST_F(EmbeddingKnnTest, Candidates_LastItemHasNoVector_TakesTheOneBefore) {
  TestPlugin plugin(host_, signalbox_plugin(), kTwoD);
  plugin.PutItems(all_);

  EXPECT_THAT(plugin.Candidates(TestRequest().Viewed({north_, bare_})).items,
              ElementsAre(north_east_, east_));
}

TEST_F(EmbeddingKnnTest, Candidates_ByProfile_SearchesTheMean) {
  TestPlugin plugin(host_, signalbox_plugin(), R"({"dimension": 4, "candidates_by": "profile"})");
  plugin.PutItems(all_);
  TestRequest request = TestRequest().Viewed({north_, east_});
  request.quota = 1;

  // (0.78, 0.62) · (0.8, 0.6) is nearly 1: what was not seen is the nearest.
  EXPECT_THAT(plugin.Candidates(request).items, ElementsAre(north_east_));
}

TEST_F(EmbeddingKnnTest, Candidates_Filter_LeavesOnlyEligible) {
  TestPlugin plugin(host_, signalbox_plugin(), kTwoD);
  plugin.PutItems(all_);
  TestRequest request;
  request.context_item = east_;
  request.Only({north_});

  EXPECT_THAT(plugin.Candidates(request).items, ElementsAre(north_));
}

TEST_F(EmbeddingKnnTest, Candidates_NothingKnownOfVisitor_GivesNone) {
  TestPlugin plugin(host_, signalbox_plugin(), kTwoD);
  plugin.PutItems(all_);

  EXPECT_THAT(plugin.Candidates(TestRequest()).items, IsEmpty());
  EXPECT_THAT(plugin.Score(TestRequest().Viewed({bare_}), {east_}), ElementsAre(IsNan()));
}

TEST_F(EmbeddingKnnTest, ItemsChanged_NewItem_IsANeighbourAtOnceAndGoneWhenDeleted) {
  TestPlugin plugin(host_, signalbox_plugin(), kTwoD);
  plugin.PutItems(all_);
  TestRequest request;
  request.context_item = east_;
  plugin.Candidates(request);  // its neighbours are kept now
  const Item late = Add("late", 5, 0.1f);

  plugin.PutItems({late});
  EXPECT_EQ(plugin.Candidates(request).items[0], late);

  plugin.DeleteItems({late});
  EXPECT_THAT(plugin.Candidates(request).items, Not(Contains(late)));
}

TEST_F(EmbeddingKnnTest, ItemsChanged_OnlyAttributes_MakesAVectorOfThem) {
  TestPlugin plugin(host_, signalbox_plugin());
  const auto items = host_.AddItems({"tent1", "tent2", "pan"});
  host_.SetText(items[0], "title", "Trail tent two");
  host_.SetText(items[0], "category", "camp/tents");
  host_.SetText(items[0], "brand", "Acme");
  host_.SetText(items[1], "title", "Family tent four");
  host_.SetText(items[1], "category", "camp/tents");
  host_.SetText(items[2], "title", "Frying pan");
  host_.SetText(items[2], "category", "kitchen/pans");
  host_.SetList(items[2], "tags", {"steel", "new"});
  plugin.PutItems(items);
  TestRequest request;
  request.context_item = items[0];

  const auto scores = plugin.Score(request, items);

  EXPECT_FLOAT_EQ(scores[0], 1);
  EXPECT_GT(scores[1], scores[2] + 0.3f);
  EXPECT_EQ(plugin.Candidates(request).items[0], items[1]);
}

TEST_F(EmbeddingKnnTest, ItemsChanged_LongerGivenVector_IsFoldedAndSaidSo) {
  TestPlugin plugin(host_, signalbox_plugin(), R"({"dimension": 4})");
  const Item wide = host_.AddItem("wide");
  host_.SetVector(wide, "embedding", {1, 2, 3, 4, 5, 6});

  plugin.PutItems({wide});

  ASSERT_EQ(host_.logged().size(), 1u);
  EXPECT_THAT(host_.logged()[0], HasSubstr("set dimension to 6"));
  EXPECT_THAT(plugin.Score(TestRequest().Viewed({wide}), {wide}), ElementsAre(FloatNear(1, 1e-5f)));
}

TEST_F(EmbeddingKnnTest, Explain_ByHistoryAndPage_NamesTheNearest) {
  TestPlugin plugin(host_, signalbox_plugin(), kTwoD);
  plugin.PutItems(all_);
  TestRequest page;
  page.context_item = east_;

  const auto by_history = plugin.Explain(TestRequest().Viewed({north_, east_}), north_east_);

  EXPECT_EQ(by_history.reason, "similar to what you looked at");
  EXPECT_THAT(by_history.items, ElementsAre(east_, north_));  // 0.8 and 0.6
  EXPECT_EQ(plugin.Explain(page, north_east_).reason, "similar to this one");
  EXPECT_EQ(plugin.Explain(page, bare_).reason, "");
}

TEST_F(EmbeddingKnnTest, Snapshot_Restored_GivesTheSame) {
  TestPlugin plugin(host_, signalbox_plugin(), kTwoD);
  plugin.PutItems(all_);

  EXPECT_EQ(signalbox::testing::CompareRestored(host_, plugin), "");
  EXPECT_EQ(plugin.Export().size(), 3u);
}

TEST_F(EmbeddingKnnTest, Export_OtherOrderOfLearning_IsTheSame) {
  TestPlugin one(host_, signalbox_plugin(), kTwoD), other(host_, signalbox_plugin(), kTwoD);
  one.PutItems(all_);

  other.PutItems({north_});
  other.PutItems({bare_, east_, north_east_});
  other.Maintain();

  EXPECT_EQ(signalbox::testing::FirstDifference(one.Export(), other.Export()), "");
}

}  // namespace
