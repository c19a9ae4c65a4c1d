// Scores are the catalogue's numbers.
#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "signalbox/testing.hpp"

namespace signalbox::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ItemValueTest : public ::testing::Test {
 protected:
  FakeHost host_;
  const Item mug_ = host_.AddItem("mug");
  const Item pan_ = host_.AddItem("pan");
  const Item tent_ = host_.AddItem("tent");
};

TEST_F(ItemValueTest, Score_ItemsWithAndWithoutTheNumber_IsItsValueOrNoOpinion) {
  host_.SetNumber(mug_, "margin", 0.25);
  host_.SetNumber(tent_, "margin", -3);
  TestPlugin plugin(host_, signalbox_plugin(), R"({"attribute": "margin"})");

  plugin.PutItems({mug_, pan_, tent_});

  const auto scores = plugin.Score({}, {mug_, pan_, tent_});
  EXPECT_EQ(scores[0], 0.25f);
  EXPECT_TRUE(std::isnan(scores[1]));
  EXPECT_EQ(scores[2], -3.0f);
}

TEST_F(ItemValueTest, Candidates_AfterChanges_AreTheHighestFirst) {
  host_.SetNumber(mug_, "weight", 1);
  host_.SetNumber(pan_, "weight", 2);
  host_.SetNumber(tent_, "weight", 3);
  TestPlugin plugin(host_, signalbox_plugin());
  plugin.PutItems({mug_, pan_, tent_});

  host_.SetNumber(mug_, "weight", 9);
  plugin.ChangeItems({mug_}, {tent_});

  EXPECT_THAT(plugin.Candidates({}).items, ElementsAre(mug_, pan_));
}

TEST_F(ItemValueTest, Rules_OfEveryPlugin_AreKept) {
  EXPECT_THAT(CheckConformance(signalbox_plugin()), IsEmpty());
}

}  // namespace
}  // namespace signalbox::testing
