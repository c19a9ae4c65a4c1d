// What functions see of the request and of items.
#include <gtest/gtest.h>

#include "scripting/script_testing.hpp"

namespace signalbox::scripting {
namespace {

struct VisitContext final : Context {
  mutable int asked = 0;
  HistoryEvent History(uint32_t i) const override {
    ++asked;
    return {i == 0 ? "mug" : "vase", "item", i == 0 ? "view" : "cart", now_ms - 90'000};
  }
  std::vector<std::pair<std::string_view, uint32_t>> Categories() const override {
    ++asked;
    return {{"mugs", 2}, {"vases", 1}};
  }
  bool In(Set, std::string_view) const override { return false; }
};

// The fault of weights(ctx), or "".
std::string ErrorOf(const Context& context, const std::string& body) {
  const auto scenario =
      Scenario::Compile("home", "home.lua", "function weights(ctx) " + body + " return { a = 1 } end");
  if (!scenario) return scenario.error().message();
  const auto weights = (*(*scenario)->Begin(context))->Weights();
  return weights ? "" : weights.error().message();
}

TEST(ContextProxyTest, Clock_IsTheTenants) {
  VisitContext context;
  context.now_ms = 1'700'264'100'000;  // Friday, 17 November 2023, 23:35 UTC

  EXPECT_EQ(ErrorOf(context, "assert(ctx.hour == 23 and ctx.minute == 35 and ctx.weekday == 5)"), "");
  context.zone_offset_ms = 3'600'000;
  EXPECT_EQ(ErrorOf(context, "assert(ctx.hour == 0 and ctx.minute == 35 and ctx.weekday == 6)"), "");
  context.zone_offset_ms = -9 * 3'600'000;
  EXPECT_EQ(ErrorOf(context, "assert(ctx.hour == 14 and ctx.weekday == 5 and ctx.now == 1700264100)"), "");
  context.now_ms = 0;
  EXPECT_EQ(ErrorOf(context, "assert(ctx.hour == 15 and ctx.weekday == 3)"), "");
}

TEST(ContextProxyTest, History_IsMadeAsItIsRead) {
  VisitContext context;
  context.history_length = 2;

  EXPECT_EQ(ErrorOf(context, R"(
    assert(#ctx.history == 2 and ctx.history[3] == nil and ctx.history[0] == nil and ctx.history.x == nil)
    local newest = ctx.history[1]
    assert(newest.id == "mug" and newest.type == "item" and newest.event == "view" and newest.age_minutes == 1.5)
    assert(ctx.history[1] == newest)
    local n = 0
    for i, event in ipairs(ctx.history) do n = n + i end
    assert(n == 3))"),
            "");
  EXPECT_EQ(context.asked, 2);
  EXPECT_NE(ErrorOf(context, "ctx.history[1].id = 'x'").find("read-only"), std::string::npos);
  EXPECT_NE(ErrorOf(context, "for k in pairs(ctx.history) do end").find("ipairs"), std::string::npos);
}

TEST(ContextProxyTest, RequestAndAttributesAndCategories_AreTables) {
  VisitContext context;
  const std::map<std::string, model::ContextValue> request{{"device", std::string("phone")}, {"beta", true}};
  const std::map<std::string, model::ContextValue> user{{"age", 30.0}};
  context.request_values = &request;
  context.user_attributes = &user;

  EXPECT_EQ(ErrorOf(context, R"(
    assert(ctx.request.device == "phone" and ctx.request.beta == true and ctx.request.none == nil)
    assert(ctx.user_attributes.age == 30 and ctx.categories.mugs == 2 and ctx.categories.x == nil)
    local keys = ""
    for key in pairs(ctx.request) do keys = keys .. key .. " " end
    for key, count in pairs(ctx.categories) do keys = keys .. key .. count end
    assert(keys == "beta device mugs2vases1"))"),
            "");
  EXPECT_NE(ErrorOf(context, "ctx.request.device = 1").find("read-only"), std::string::npos);
  context.request_values = nullptr;
  EXPECT_EQ(ErrorOf(context, "assert(ctx.request.device == nil and next(ctx.request) == nil)"), "");
}

TEST(ContextProxyTest, Tables_OfOneRequest_AreNotSeenByTheNext) {
  const auto scenario = *Scenario::Compile("home", "home.lua", R"(
    function weights(ctx) return { a = ctx.request.n, b = ctx.history_length > 0 and #ctx.history[1].id or 0 } end)");
  for (const double n : {1.0, 2.0, 3.0}) {
    VisitContext context;
    const std::map<std::string, model::ContextValue> request{{"n", n}};
    context.request_values = &request;
    context.history_length = static_cast<uint32_t>(n) - 1;
    const auto weights = (*scenario->Begin(context))->Weights();
    ASSERT_TRUE(weights) << weights.error().message();
    EXPECT_EQ((*weights)[0].second, n);
    EXPECT_EQ((*weights)[1].second, n > 1 ? 3 : 0);
  }
}

TEST(ContextProxyTest, Random_FollowsTheSeed) {
  const auto scenario = *Scenario::Compile("home", "home.lua", R"(
    function weights(ctx)
      for i = 1, 1000 do
        local unit, whole = ctx.random(), ctx.random(6)
        assert(unit >= 0 and unit < 1 and whole >= 1 and whole <= 6 and whole // 1 == whole)
      end
      return { a = ctx.random() }
    end)");
  const auto draw = [&](uint64_t seed) {
    VisitContext context;
    context.seed = seed;
    return (*(*scenario->Begin(context))->Weights())[0].second;
  };

  EXPECT_EQ(draw(1), draw(1));
  EXPECT_NE(draw(1), draw(2));
  EXPECT_NE(draw(0), draw(1));
}

class ScoredItem final : public ItemReader {
 public:
  std::string_view Id(uint32_t) const override { return "mug"; }
  int FieldByName(std::string_view) const override { return -1; }
  FieldValue Field(uint32_t, int) const override { return {}; }
  int SignalByName(std::string_view name) const override {
    ++asked;
    return name == "co_view" ? 0 : name == "session" ? 1 : -1;
  }
  double Score(uint32_t, int signal, bool normalised) const override {
    if (signal == 1) return NAN;
    return normalised ? 0.5 : 12;
  }
  double Blend(uint32_t) const override { return 0.25; }
  mutable int asked = 0;
};

TEST(ItemProxyTest, Scores_RawNormalisedAndBlend_NilForNoOpinion) {
  // Once as it runs natively, once by Lua.
  for (const std::string left_to_lua : {"", " do end "}) {
    const auto scenario =
        *Scenario::Compile("home", "home.lua", "filter('f', function(item) " + left_to_lua + R"(
      return item.score.co_view == 12 and item.normalised.co_view == 0.5 and item.score.session == nil
        and item.score.none == nil and item.blend == 0.25 and item.id == 'mug' end))");
    const ScoredItem item;
    FakeContext context;
    const auto run = *scenario->Begin(context);

    EXPECT_TRUE(*run->Filter(0, item, 0));
    EXPECT_TRUE(*run->Filter(0, item, 0));
    EXPECT_EQ(item.asked, 3);  // each name once
  }
  const auto writes =
      *Scenario::Compile("home", "home.lua", "filter('f', function(item) item.score.x = 1 end)");
  FakeContext context;
  const ScoredItem item;
  EXPECT_EQ((*writes->Begin(context))->Filter(0, item, 0).error().message(),
            "home.lua:1: item.score is read-only");
}

}  // namespace
}  // namespace signalbox::scripting
