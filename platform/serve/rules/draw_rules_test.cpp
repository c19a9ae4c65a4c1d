// Pins and exploring.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "serve/rules/explore.hpp"
#include "serve/rules/pin.hpp"
#include "serve/rules/rule_testing.hpp"

namespace signalbox::serve {
namespace {

using scripting::ListRule;
using scripting::RuleKind;
using ::testing::ElementsAre;

class DrawRulesTest : public ::testing::Test {
 protected:
  // Items "00", "01", ... of which all are in the list.
  void Post(int count) {
    std::vector<std::string> ids;
    for (int i = 0; i < count; ++i) {
      ids.push_back(std::to_string(i / 10) + std::to_string(i % 10));
      rules_.world.Post(ids.back());
    }
    list_ = rules_.List(ids);
  }
  static ListRule PinOf(const std::string& item, uint32_t position) {
    ListRule rule = RuleWorld::Rule(RuleKind::kPin);
    rule.item = item;
    rule.position = position;
    return rule;
  }
  void PinAll(const std::vector<ListRule>& rules, const RuleContext& context) {
    std::vector<const ListRule*> pins;
    for (const auto& rule : rules) pins.push_back(&rule);
    Pin(pins, context, &list_);
  }

  RuleWorld rules_;
  std::vector<ListEntry> list_;
};

TEST_F(DrawRulesTest, Pin_InTheListOrNot_StandsWhereItSays) {
  Post(4);
  rules_.world.Post("gift");

  PinAll({PinOf("gift", 3), PinOf("03", 1)}, rules_.Context(4));

  EXPECT_THAT(rules_.Ids(list_), ElementsAre("03", "00", "gift", "01", "02"));
  EXPECT_EQ(list_[2].reason, "pinned");
  EXPECT_EQ(list_[2].score, 0);
  EXPECT_EQ(list_[0].score, 1);  // keeps its own
}

TEST_F(DrawRulesTest, Pin_TwoForOnePlace_FirstDeclaredHasItTheOtherTheNext) {
  Post(3);
  rules_.world.Post("x");
  rules_.world.Post("y");

  PinAll({PinOf("x", 2), PinOf("y", 2), PinOf("x", 3)}, rules_.Context(5));

  EXPECT_THAT(rules_.Ids(list_), ElementsAre("00", "x", "y", "01", "02"));
}

TEST_F(DrawRulesTest, Pin_BehindTheEndUnknownOrNotEligible_EndOrLeftOut) {
  Post(2);
  rules_.world.Post("late");
  rules_.world.Post("hidden");
  auto context = rules_.Context(5);
  context.may_pin = [&](sb_item item) { return rules_.Id(item) != "hidden"; };

  PinAll({PinOf("hidden", 1), PinOf("unknown", 1), PinOf("late", 9)}, context);

  EXPECT_THAT(rules_.Ids(list_), ElementsAre("00", "01", "late"));
}

TEST_F(DrawRulesTest, Explore_WholeShare_GivesPlacesWithTheirPropensity) {
  // 0.2 of 10 places: two of the ten items below, each with the chance 2 / 10.
  Post(20);
  ListRule rule = RuleWorld::Rule(RuleKind::kExplore);
  rule.share = 0.2;
  rule.depth = 10;
  auto context = rules_.Context(10);
  context.seed = 7;

  Explore(rule, context, &list_);

  std::vector<std::string> kept;
  int drawn = 0;
  for (size_t i = 0; i < 10; ++i) {
    const std::string id = rules_.Id(list_[i].item);
    if (id < "10") {
      kept.push_back(id);
      EXPECT_EQ(list_[i].propensity, 1);
    } else {
      ++drawn;
      EXPECT_DOUBLE_EQ(list_[i].propensity, 0.2);
    }
  }
  EXPECT_EQ(drawn, 2);
  EXPECT_THAT(kept, ElementsAre("00", "01", "02", "03", "04", "05", "06", "07"));
  EXPECT_EQ(list_.size(), 20u);
  EXPECT_EQ(rules_.Id(list_[0].item), "00");
}

TEST_F(DrawRulesTest, Explore_SameSeed_SameList) {
  Post(30);
  ListRule rule = RuleWorld::Rule(RuleKind::kExplore);
  rule.share = 0.3;
  std::set<std::vector<std::string>> lists;
  for (const uint64_t seed : {1, 2, 3, 1}) {
    auto list = list_;
    auto context = rules_.Context(10);
    context.seed = seed;
    Explore(rule, context, &list);
    lists.insert(rules_.Ids(list));
  }

  EXPECT_EQ(lists.size(), 3u);
}

// Over many seeds items are shown as often as their propensity says.
TEST_F(DrawRulesTest, Explore_Fraction_IsDrawnForAsOftenAsItSays) {
  // 0.05 of 10 places: half a place; one of 5 items below has a chance of 0.1. The last of the list stays
  // with the chance 0.5.
  Post(15);
  ListRule rule = RuleWorld::Rule(RuleKind::kExplore);
  rule.share = 0.05;
  rule.depth = 5;
  int shown = 0, last = 0;
  constexpr int kSeeds = 4'000;
  for (int seed = 0; seed < kSeeds; ++seed) {
    auto list = list_;
    auto context = rules_.Context(10);
    context.marks = nullptr;
    context.seed = static_cast<uint64_t>(seed);
    Explore(rule, context, &list);
    for (size_t i = 0; i < 10; ++i) {
      const std::string id = rules_.Id(list[i].item);
      if (id == "12") {
        ++shown;
        EXPECT_DOUBLE_EQ(list[i].propensity, 0.1);
      }
      if (id == "09") {
        ++last;
        EXPECT_DOUBLE_EQ(list[i].propensity, 0.5);
      }
    }
  }
  EXPECT_NEAR(shown, 0.1 * kSeeds, 80);  // four standard deviations
  EXPECT_NEAR(last, 0.5 * kSeeds, 130);
}

TEST_F(DrawRulesTest, Explore_NothingBelow_ChangesNothing) {
  Post(10);
  ListRule rule = RuleWorld::Rule(RuleKind::kExplore);
  rule.share = 1;
  auto list = list_;

  Explore(rule, rules_.Context(10), &list);

  EXPECT_EQ(rules_.Ids(list), rules_.Ids(list_));
}

}  // namespace
}  // namespace signalbox::serve
