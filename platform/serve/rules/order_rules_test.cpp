// Rules that remove and reorder, with lists worked out by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "serve/rules/at_least.hpp"
#include "serve/rules/at_most.hpp"
#include "serve/rules/dedupe.hpp"
#include "serve/rules/diversify.hpp"
#include "serve/rules/rule_testing.hpp"

namespace signalbox::serve {
namespace {

using scripting::RuleKind;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Texts = std::vector<std::string>;

class OrderRulesTest : public ::testing::Test {
 protected:
  // Brands by the first letter: a1 and a2 are of brand "a"; x has none.
  void Post(const Texts& ids) {
    for (const auto& id : ids) {
      if (id == "x") {
        rules_.world.Post(id);
      } else {
        rules_.world.Post(id, {{"brand", id.substr(0, 1)}});
      }
    }
    list_ = rules_.List(ids);
  }
  static scripting::ListRule OnBrand(RuleKind kind) {
    auto rule = RuleWorld::Rule(kind);
    rule.field = "brand";
    return rule;
  }

  RuleWorld rules_;
  std::vector<ListEntry> list_;
};

TEST_F(OrderRulesTest, Dedupe_SameBrand_KeepsTheBestAndThoseWithout) {
  Post({"a1", "b1", "a2", "x", "b2", "c1"});

  Dedupe(OnBrand(RuleKind::kDedupe), rules_.Context(10), &list_);

  EXPECT_THAT(rules_.Ids(list_), ElementsAre("a1", "b1", "x", "c1"));
  EXPECT_THAT(rules_.Removed(), ElementsAre("a2", "b2"));
}

TEST_F(OrderRulesTest, Dedupe_Lists_AnyCommonValueIsARepetition) {
  rules_.world.Post("p", {{"tags", Texts{"red", "big"}}});
  rules_.world.Post("q", {{"tags", Texts{"blue"}}});
  rules_.world.Post("r", {{"tags", Texts{"blue", "red"}}});
  list_ = rules_.List({"p", "q", "r"});
  auto rule = RuleWorld::Rule(RuleKind::kDedupe);
  rule.field = "tags";

  Dedupe(rule, rules_.Context(10), &list_);

  EXPECT_THAT(rules_.Ids(list_), ElementsAre("p", "q"));
}

TEST_F(OrderRulesTest, AtMost_WholeList_RemovesTheThird) {
  Post({"a1", "a2", "a3", "x", "b1", "a4"});
  auto rule = OnBrand(RuleKind::kAtMost);
  rule.count = 2;

  AtMost(rule, rules_.Context(10), &list_);

  EXPECT_THAT(rules_.Ids(list_), ElementsAre("a1", "a2", "x", "b1"));
  EXPECT_THAT(rules_.Removed(), ElementsAre("a3", "a4"));
}

TEST_F(OrderRulesTest, AtMost_Window_WaitsForAPlaceWhereItFits) {
  // At most one of a brand among 3 neighbours. a1; a2 and a3 wait; b1 (a1 b1); c1: (a1 b1 c1), then a2
  // fits (b1 c1 a2); then d1 (c1 a2 d1), e1 (a2 d1 e1), a3 fits (d1 e1 a3).
  Post({"a1", "a2", "a3", "b1", "c1", "d1", "e1"});
  auto rule = OnBrand(RuleKind::kAtMost);
  rule.count = 1;
  rule.window = 3;

  AtMost(rule, rules_.Context(10), &list_);

  EXPECT_THAT(rules_.Ids(list_), ElementsAre("a1", "b1", "c1", "a2", "d1", "e1", "a3"));
  EXPECT_THAT(list_[1].effects, ElementsAre("rule: moved up"));
  EXPECT_THAT(list_[3].effects, ElementsAre("rule: moved down"));
  EXPECT_THAT(rules_.Removed(), IsEmpty());
}

TEST_F(OrderRulesTest, AtMost_Window_WhatNeverFitsIsRemoved) {
  Post({"a1", "a2", "a3", "b1"});
  auto rule = OnBrand(RuleKind::kAtMost);
  rule.count = 1;
  rule.window = 2;

  AtMost(rule, rules_.Context(10), &list_);

  EXPECT_THAT(rules_.Ids(list_), ElementsAre("a1", "b1", "a2"));
  EXPECT_THAT(rules_.Removed(), ElementsAre("a3"));
}

TEST_F(OrderRulesTest, AtLeast_TooFewInTheList_TakesTheBestFromBelow) {
  // Of four places two (0.4 * 4 = 1.6, rounded up) must be of brand b: b1 is in; b2, from below, takes the
  // place of the last that is not, a3.
  Post({"a1", "b1", "a2", "a3", "x", "b2", "b3"});
  auto rule = RuleWorld::Rule(RuleKind::kAtLeast);
  rule.share = 0.4;
  rule.where = RuleWorld::Is("brand", "b");
  const auto context = rules_.Context(4);

  EXPECT_TRUE(Lacks(rule, context, list_));
  AtLeast(rule, context, &list_);

  EXPECT_THAT(rules_.Ids(list_), ElementsAre("a1", "b1", "a2", "b2", "a3", "x", "b3"));
  EXPECT_THAT(list_[3].effects, ElementsAre("rule: moved up"));
  EXPECT_THAT(list_[4].effects, ElementsAre("rule: moved down"));
  EXPECT_FALSE(Lacks(rule, context, list_));
}

TEST_F(OrderRulesTest, AtLeast_EnoughOrNoneLeft_ChangesNothing) {
  Post({"b1", "a1", "a2", "a3"});
  auto rule = RuleWorld::Rule(RuleKind::kAtLeast);
  rule.where = RuleWorld::Is("brand", "b");
  rule.share = 0.5;
  AtLeast(rule, rules_.Context(2), &list_);
  rule.share = 1;
  AtLeast(rule, rules_.Context(3), &list_);

  EXPECT_THAT(rules_.Ids(list_), ElementsAre("b1", "a1", "a2", "a3"));
}

TEST_F(OrderRulesTest, Diversify_HalfByScore_AlternatesBrands) {
  // Scores over the highest: a1 1, a2 .8, a3 .6, b1 .4, c1 .2; lambda 0.5. a1 first. Then a2 .4 - .5,
  // a3 .3 - .5, b1 .2, c1 .1: b1. Then c1 .1 beats a2 -.1. Then a2, a3.
  Post({"a1", "a2", "a3", "b1", "c1"});
  auto rule = OnBrand(RuleKind::kDiversify);
  rule.lambda = 0.5;

  Diversify(rule, rules_.Context(5), &list_);

  EXPECT_THAT(rules_.Ids(list_), ElementsAre("a1", "b1", "c1", "a2", "a3"));
}

TEST_F(OrderRulesTest, Diversify_ByScoreAlone_ChangesNothing) {
  Post({"a1", "a2", "b1"});
  auto rule = OnBrand(RuleKind::kDiversify);
  rule.lambda = 1;

  Diversify(rule, rules_.Context(3), &list_);

  EXPECT_THAT(rules_.Ids(list_), ElementsAre("a1", "a2", "b1"));
}

TEST_F(OrderRulesTest, Diversify_Lists_LikenessIsTheShareOfCommonValues) {
  // p {red, big}; q {red, big} likeness 1; r {red, old} 1/3. Scores 1, 2/3, 1/3; lambda 0.6:
  // q .4 - .4 = 0, r .2 - .133 = .067: r comes second.
  rules_.world.Post("p", {{"tags", Texts{"red", "big"}}});
  rules_.world.Post("q", {{"tags", Texts{"big", "red"}}});
  rules_.world.Post("r", {{"tags", Texts{"red", "old"}}});
  list_ = rules_.List({"p", "q", "r"});
  auto rule = RuleWorld::Rule(RuleKind::kDiversify);
  rule.field = "tags";
  rule.lambda = 0.6;

  Diversify(rule, rules_.Context(3), &list_);

  EXPECT_THAT(rules_.Ids(list_), ElementsAre("p", "r", "q"));
}

// a (1, 0), b (3, 4), c (0, 1), x none: a and b are alike by 3/5, b and c by 4/5, the others not at all.
TEST_F(OrderRulesTest, Diversify_Vectors_LikenessIsTheCosine) {
  // Scores over the highest: a 1, b 3/4, c 1/2, x 1/4; lambda 0.5. a first. Then b .375 - .3 = .075,
  // c .25, x .125: c. Then b .375 - .4 = -.025, x .125: x. Then b.
  rules_.world.state.catalogue().KeepVectors({"content"});
  rules_.world.state.catalogue().LoadVectors({});
  rules_.world.Post("a", {}, 100, {{"content", {1, 0}}});
  rules_.world.Post("b", {}, 100, {{"content", {3, 4}}});
  rules_.world.Post("c", {}, 100, {{"content", {0, 1}}});
  rules_.world.Post("x");
  list_ = rules_.List({"a", "b", "c", "x"});
  auto rule = RuleWorld::Rule(RuleKind::kDiversify);
  rule.vector = "content";
  rule.lambda = 0.5;

  Diversify(rule, rules_.Context(4), &list_);

  EXPECT_THAT(rules_.Ids(list_), ElementsAre("a", "c", "x", "b"));
  EXPECT_THAT(list_[0].effects, IsEmpty());
  EXPECT_THAT(list_[1].effects, ElementsAre("rule: moved up"));
  EXPECT_THAT(list_[2].effects, ElementsAre("rule: no vector, like nothing", "rule: moved up"));
  EXPECT_THAT(list_[3].effects, ElementsAre("rule: moved down"));
}

TEST_F(OrderRulesTest, Diversify_OppositeVectors_AreNotLikeEachOther) {
  // Scores 1, 2/3, 1/3; lambda 0.5. p first; then q, the opposite, by its score alone: 1/3 against 1/6.
  rules_.world.state.catalogue().KeepVectors({"content"});
  rules_.world.state.catalogue().LoadVectors({});
  rules_.world.Post("p", {}, 100, {{"content", {1, 0}}});
  rules_.world.Post("q", {}, 100, {{"content", {-1, 0}}});
  rules_.world.Post("r", {}, 100, {{"content", {0, 1}}});
  list_ = rules_.List({"p", "q", "r"});
  auto rule = RuleWorld::Rule(RuleKind::kDiversify);
  rule.vector = "content";
  rule.lambda = 0.5;

  Diversify(rule, rules_.Context(3), &list_);

  EXPECT_THAT(rules_.Ids(list_), ElementsAre("p", "q", "r"));
}

TEST_F(OrderRulesTest, Diversify_VectorThatIsNotKept_ChangesNothing) {
  Post({"a1", "a2", "b1"});
  auto rule = RuleWorld::Rule(RuleKind::kDiversify);
  rule.vector = "content";
  rule.lambda = 0.1;

  Diversify(rule, rules_.Context(3), &list_);

  EXPECT_THAT(rules_.Ids(list_), ElementsAre("a1", "a2", "b1"));
}

}  // namespace
}  // namespace signalbox::serve
