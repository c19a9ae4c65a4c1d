// What the visitor did, and what is buried.
#include "serve/rules/screen.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "serve/rules/rule_testing.hpp"

namespace signalbox::serve {
namespace {

using scripting::ListRule;
using scripting::RuleKind;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr int64_t kDayMs = 86'400'000;

class ScreenTest : public ::testing::Test {
 protected:
  ScreenTest() : pin_(rules_.world.epochs) {
    for (const char* id : {"bought", "carted", "viewed", "fresh"}) rules_.world.Post(id);
    const int64_t now_ms = ServeWorld::kNowMs;
    rules_.world.Event("u", "bought", "purchase", now_ms - 40 * kDayMs);
    rules_.world.Event("u", "carted", "cart", now_ms - 20 * kDayMs);
    rules_.world.Event("u", "viewed", "view", now_ms - 10 * kDayMs);
    model::RecommendRequest request;
    request.user = "u";
    visitor_.Read(rules_.world.state, request, now_ms);
  }
  std::vector<std::string> With(const ListRule& rule, Screen::Verdict verdict) {
    const std::vector<const ListRule*> rules = {&rule};
    Screen screen;
    screen.Begin(rules, rules_.Context(10), visitor_);
    std::vector<std::string> ids;
    for (const char* id : {"bought", "carted", "viewed", "fresh"}) {
      const ListRule* by = nullptr;
      if (screen.Of(rules_.world.state.Find("item", id), &by) == verdict) ids.emplace_back(id);
    }
    return ids;
  }
  std::vector<std::string> Excluded(const std::string& type, double days) {
    ListRule rule = RuleWorld::Rule(RuleKind::kExcludeSeen);
    rule.event_type = type;
    rule.within_days = days;
    return With(rule, Screen::Verdict::kExclude);
  }

  RuleWorld rules_;
  EpochDomain::Pin pin_;
  Visitor visitor_;
};

TEST_F(ScreenTest, ExcludeSeen_ByTypeAndAge_CountsStrongerTypesToo) {
  EXPECT_THAT(Excluded("", 0), ElementsAre("bought", "carted", "viewed"));
  EXPECT_THAT(Excluded("cart", 0), ElementsAre("bought", "carted"));
  EXPECT_THAT(Excluded("purchase", 0), ElementsAre("bought"));
  EXPECT_THAT(Excluded("", 30), ElementsAre("carted", "viewed"));
  EXPECT_THAT(Excluded("cart", 30), ElementsAre("carted"));
  EXPECT_THAT(Excluded("purchase", 30), IsEmpty());
  EXPECT_THAT(Excluded("nosuch", 0), IsEmpty());
}

TEST_F(ScreenTest, Bury_ItemOrWhere_BuriesThose) {
  ListRule item = RuleWorld::Rule(RuleKind::kBury);
  item.item = "viewed";
  EXPECT_THAT(With(item, Screen::Verdict::kBury), ElementsAre("viewed"));

  rules_.world.Post("fresh", {{"brand", "acme"}});
  ListRule where = RuleWorld::Rule(RuleKind::kBury);
  where.where = RuleWorld::Is("brand", "acme");
  EXPECT_THAT(With(where, Screen::Verdict::kBury), ElementsAre("fresh"));
  where.where = scripting::Predicate{scripting::Predicate::Op::kNot, {RuleWorld::Is("brand", "acme")}, {}};
  EXPECT_THAT(With(where, Screen::Verdict::kBury), ElementsAre("bought", "carted", "viewed"));
}

// 60 views of other items put the history past what the rule is about.
TEST_F(ScreenTest, ExcludeSeen_BeyondTheHistory_KnowsTheDayOfTheStrongestEvent) {
  const int64_t now_ms = ServeWorld::kNowMs;
  for (int i = 0; i < 60; ++i) {
    rules_.world.Post("other" + std::to_string(i));
    rules_.world.Event("u", "other" + std::to_string(i), "view", now_ms - kDayMs);
  }
  rules_.world.Event("u", "fresh", "view", now_ms);
  model::RecommendRequest request;
  request.user = "u";
  visitor_.Read(rules_.world.state, request, now_ms);
  ASSERT_EQ(visitor_.history_length(), 50u);

  EXPECT_THAT(Excluded("", 30), ElementsAre("carted", "viewed", "fresh"));
  EXPECT_THAT(Excluded("cart", 30), ElementsAre("carted"));
  EXPECT_THAT(Excluded("purchase", 30), IsEmpty());
  EXPECT_THAT(Excluded("purchase", 41), ElementsAre("bought"));
  EXPECT_THAT(Excluded("", 9), ElementsAre("fresh"));
}

}  // namespace
}  // namespace signalbox::serve
