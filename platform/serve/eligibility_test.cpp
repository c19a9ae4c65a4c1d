// Which items may be recommended.
#include "serve/eligibility.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "serve/serve_testing.hpp"

namespace signalbox::serve {
namespace {

using scripting::Condition;
using ::testing::ElementsAre;
using Op = Condition::Op;

class EligibilityTest : public ::testing::Test {
 protected:
  std::vector<std::string> Eligible(const std::vector<Condition>& where, std::string_view category = {}) {
    const auto bitmap = BuildEligibility(world_.state, where, category);
    std::vector<std::string> ids;
    for (ports::Handle item = 0; item < world_.state.size(); ++item) {
      if (bitmap->Has(item)) ids.emplace_back(world_.state.Name(item).id);
    }
    std::sort(ids.begin(), ids.end());
    return ids;
  }

  ServeWorld world_;
};

TEST_F(EligibilityTest, Build_DeletedAndHidden_AreOut) {
  world_.Post("a");
  world_.Post("b", {{"hidden", true}});
  world_.Post("c");
  world_.Delete("c");
  world_.Event("u", "known by an event", "view");

  EXPECT_THAT(Eligible({}), ElementsAre("a", "known by an event"));
  world_.Post("c");
  EXPECT_THAT(Eligible({}), ElementsAre("a", "c", "known by an event"));
}

TEST_F(EligibilityTest, Build_Conditions_EachOperator) {
  world_.Post("a", {{"price", 5.0}, {"brand", "Kiln"}, {"tags", std::vector<std::string>{"new", "red"}}});
  world_.Post("b", {{"price", 10.0}, {"brand", "Fjord"}, {"sale", true}});
  world_.Post("c", {{"price", 20.0}});

  EXPECT_THAT(Eligible({{"price", Op::kAbove, {10.0}, false}}), ElementsAre("c"));
  EXPECT_THAT(Eligible({{"price", Op::kAtLeast, {10.0}, false}}), ElementsAre("b", "c"));
  EXPECT_THAT(Eligible({{"price", Op::kBelow, {10.0}, false}}), ElementsAre("a"));
  EXPECT_THAT(Eligible({{"price", Op::kAtMost, {10.0}, false}}), ElementsAre("a", "b"));
  EXPECT_THAT(Eligible({{"price", Op::kIn, {5.0, 20.0}, false}}), ElementsAre("a", "c"));
  EXPECT_THAT(Eligible({{"brand", Op::kEquals, {std::string("Kiln")}, false}}), ElementsAre("a"));
  EXPECT_THAT(Eligible({{"brand", Op::kEquals, {std::string("Kiln")}, true}}), ElementsAre("a", "c"));
  EXPECT_THAT(Eligible({{"brand", Op::kEquals, {std::string("Nobody")}, false}}), ElementsAre());
  EXPECT_THAT(Eligible({{"tags", Op::kEquals, {std::string("red")}, false}}), ElementsAre("a"));
  EXPECT_THAT(Eligible({{"sale", Op::kEquals, {true}, false}}), ElementsAre("b"));
  EXPECT_THAT(Eligible({{"price", Op::kEquals, {std::string("5")}, false}}), ElementsAre());
  EXPECT_THAT(Eligible({{"unknown", Op::kAbove, {0.0}, true}}), ElementsAre("a", "b", "c"));
}

TEST_F(EligibilityTest, Build_AttributeThatNoItemHas_DecidesNothing) {
  world_.Post("a", {{"price", 5.0}});
  world_.Post("b", {{"price", 10.0}});
  std::vector<std::string> unknown;

  const auto bitmap = BuildEligibility(
      world_.state, {{"prise", Op::kAbove, {7.0}, false}, {"price", Op::kAbove, {7.0}, false}}, {}, &unknown);

  EXPECT_FALSE(bitmap->Has(world_.state.Find("item", "a")));
  EXPECT_TRUE(bitmap->Has(world_.state.Find("item", "b")));
  EXPECT_THAT(unknown, ElementsAre("prise"));
  EXPECT_THAT(Eligible({}, "tents"), ElementsAre());  // a visitor's category is not a scenario's mistake
}

TEST_F(EligibilityTest, Build_Category_LeavesOutImplicitItems) {
  world_.Post("a", {{"category", "tents"}});
  world_.Post("b", {{"category", "stoves"}});
  world_.Event("u", "x", "view");

  EXPECT_THAT(Eligible({}, "tents"), ElementsAre("a"));
}

TEST_F(EligibilityTest, Build_ImplicitItems_NeedTheOptionAndOrAbsent) {
  world_.Event("u", "x", "view");
  ServeWorld strict(false);
  strict.Event("u", "x", "view");

  EXPECT_THAT(Eligible({{"stock", Op::kAbove, {0.0}, true}}), ElementsAre("x"));
  world_.Post("sold out", {{"stock", 0.0}});
  EXPECT_THAT(Eligible({{"stock", Op::kAbove, {0.0}, false}}), ElementsAre());
  EXPECT_FALSE(BuildEligibility(strict.state, {}, {})->Has(0));
}

TEST_F(EligibilityTest, Get_ItemsKnownByEventsLater_NeedNoNewBitmap) {
  world_.Post("a");
  EligibilityCache cache(world_.state);
  const Where where;

  const auto before = cache.Get(where, {});
  world_.Event("u", "new", "view");
  const auto after = cache.Get(where, {});

  EXPECT_EQ(before, after);
  EXPECT_TRUE(after->Has(world_.state.Find("item", "new")));
}

TEST_F(EligibilityTest, Get_ManyCategories_KeepsTheRecentlyUsed) {
  world_.Post("a", {{"category", "1"}});
  EligibilityCache cache(world_.state);
  const Where where;

  const auto plain = cache.Get(where, {});
  for (int i = 0; i < 200; ++i) {
    EXPECT_EQ(cache.Get(where, std::to_string(i))->Has(0), i == 1);
    EXPECT_EQ(cache.Get(where, {}), plain);
  }
}

TEST_F(EligibilityTest, Newest_ByDateThenId_WithoutWhatIsNotEligible) {
  world_.Post("old", {}, 50);
  world_.Post("b", {}, 5);
  world_.Post("a", {}, 5);
  world_.Post("hidden", {{"hidden", true}}, 1);

  const auto bitmap = BuildEligibility(world_.state, {}, {});

  std::vector<std::string> ids;
  for (const auto item : bitmap->Newest(world_.state)) ids.emplace_back(world_.state.Name(item).id);
  EXPECT_THAT(ids, ElementsAre("a", "b", "old"));
}

}  // namespace
}  // namespace signalbox::serve
