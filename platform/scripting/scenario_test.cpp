// What scripts can declare and do.
#include "scripting/scenario.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scripting/script_testing.hpp"

namespace signalbox::scripting {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

std::shared_ptr<const Scenario> Compile(const std::string& source) {
  auto scenario = Scenario::Compile("home", "home.lua", source);
  EXPECT_TRUE(scenario) << (scenario ? "" : scenario.error().message());
  return scenario ? *scenario : nullptr;
}

std::string ErrorOf(const std::string& source) {
  const auto scenario = Scenario::Compile("home", "home.lua", source);
  return scenario ? "no error" : scenario.error().message();
}

TEST(ScenarioTest, Compile_EveryWord_DeclaresIt) {
  const auto scenario = Compile(R"(
    tunable("session", 0.4, { min = 0.1, max = 0.9, help = "similar visits" })
    candidates { session = 200, co_view = 100 }
    where { stock = { above = 0, or_absent = true }, brand = { "Kiln", "Fjord" }, price = { at_least = 1, below = 5 },
            seasonal = false }
    cache_seconds(30)
    function weights(ctx) return { session = tune.session } end
    filter("no repeats", function(item, ctx) return true end)
    boost("fresh", { max = 1.2 }, function(item, ctx) end)
    boost("plain", function(item, ctx) end)
  )");

  ASSERT_NE(scenario, nullptr);
  const Declaration& declared = scenario->declaration();
  EXPECT_EQ(declared.name, "home");
  ASSERT_EQ(declared.tunables.size(), 1u);
  EXPECT_EQ(declared.tunables[0].help, "similar visits");
  EXPECT_EQ(declared.tunables[0].min, 0.1);
  EXPECT_THAT(declared.candidates, ElementsAre(Pair("co_view", 100), Pair("session", 200)));
  ASSERT_EQ(declared.where.size(), 5u);
  EXPECT_EQ(declared.where[0].field, "brand");
  EXPECT_EQ(declared.where[0].op, Condition::Op::kIn);
  EXPECT_EQ(declared.where[0].operands.size(), 2u);
  EXPECT_EQ(declared.where[1].op, Condition::Op::kBelow);
  EXPECT_EQ(declared.where[2].op, Condition::Op::kAtLeast);
  EXPECT_EQ(declared.where[3].op, Condition::Op::kEquals);
  EXPECT_EQ(std::get<bool>(declared.where[3].operands[0]), false);
  EXPECT_TRUE(declared.where[4].or_absent);
  EXPECT_EQ(declared.cache_seconds, 30);
  EXPECT_TRUE(declared.has_weights);
  EXPECT_THAT(declared.filters, ElementsAre("no repeats"));
  EXPECT_THAT(declared.boosts, ElementsAre(Pair("fresh", 1.2), Pair("plain", 2.0)));
}

TEST(ScenarioTest, Compile_BadDeclaration_NamesFileLineAndKey) {
  EXPECT_EQ(ErrorOf("\nwhere { stock = { abov = 0 } }"),
            "home.lua:2: where.stock.abov is not known; above, below, at_least, at_most, or_absent are. Did "
            "you mean "
            "\"above\"?");
  EXPECT_EQ(ErrorOf("candidates { session = 1.5 }"),
            "home.lua:1: candidates.session: a whole number from 0 to 5000 is needed");
  EXPECT_EQ(ErrorOf("tunable('a', 2)"),
            "home.lua:1: tunable 'a': its value is outside of min and max (0 and 1 unless given)");
  EXPECT_EQ(ErrorOf("boost('b', { maximum = 3 }, function() end)"),
            "home.lua:1: boost 'b'.maximum is not known; max is");
  EXPECT_EQ(ErrorOf("filter('f')"), "home.lua:1: filter 'f': a function(item, ctx) is needed");
  EXPECT_EQ(ErrorOf("x ="), "home.lua:1: unexpected symbol near <eof>");
}

TEST(ScenarioTest, Compile_WordOfALaterVersion_IsRefusedByName) {
  for (const std::string word : {"experiment", "print", "load"}) {
    EXPECT_EQ(ErrorOf(word + " {}"), "home.lua:1: '" + word + "' is not available yet");
  }
  EXPECT_EQ(
      ErrorOf("function helper() end"),
      "home.lua:1: global 'helper' is not available yet; write 'local helper' or 'local function helper'");
}

TEST(ScenarioTest, Compile_SourceOver64KB_IsRefused) {
  EXPECT_EQ(ErrorOf(std::string(70'000, ' ')), "home.lua:1: the script is longer than 64 KB; split it");
}

TEST(ScenarioTest, Weights_OfContextAndTunables_InNameOrder) {
  const auto scenario = Compile(R"(
    tunable("session", 0.4)
    function weights(ctx)
      local w = { session = tune.session, popularity = 0.2 }
      if ctx.history_length == 0 then w.popularity = 1 end
      return w
    end)");
  FakeContext context;
  context.history_length = 0;

  const auto declared = (*scenario->Begin(context))->Weights();
  const auto overridden = (*scenario->Begin(context, {{"session", 0.7}}))->Weights();
  const auto again = (*scenario->Begin(context))->Weights();

  EXPECT_THAT(*declared, ElementsAre(Pair("popularity", 1.0), Pair("session", 0.4)));
  EXPECT_THAT(*overridden, ElementsAre(Pair("popularity", 1.0), Pair("session", 0.7)));
  EXPECT_THAT(*again, ElementsAre(Pair("popularity", 1.0), Pair("session", 0.4)));
}

TEST(ScenarioTest, Begin_TunableUnknownOrOutOfRange_IsRefused) {
  const auto scenario = Compile("tunable('session', 0.4)");
  FakeContext context;

  EXPECT_EQ(scenario->Begin(context, {{"sesion", 0.4}}).error().field(), "tunables.sesion");
  EXPECT_EQ(scenario->Begin(context, {{"session", 1.4}}).error().field(), "tunables.session");
}

TEST(ScenarioTest, Weights_NotATableOrNegative_IsAFault) {
  FakeContext context;

  EXPECT_EQ((*Compile("function weights() return 1 end")->Begin(context))->Weights().error().message(),
            "home.lua:0: weights: it must return a table { signal = weight }");
  EXPECT_EQ(
      (*Compile("function weights() return { a = -1 } end")->Begin(context))->Weights().error().message(),
      "home.lua:0: weights: the weight of 'a' must be a number of at least 0");
}

TEST(ScenarioTest, Weights_Huge_IsAFault) {
  FakeContext context;

  EXPECT_EQ(
      (*Compile("function weights() return { a = 1e300 } end")->Begin(context))->Weights().error().message(),
      "home.lua:0: weights: the weight of 'a' is above 1e9; make all smaller");
}

TEST(ScenarioTest, Filter_ReadsItemAndSets_KeepsOrDrops) {
  const auto scenario = Compile(R"(
    filter("no repeats", function(item, ctx) return not ctx.bought[item.id] end)
    filter("cheap", function(item) return item.price and item.price < 10 end)
    filter("tags", function(item) return item.tags ~= nil and item.tags[2] == "new" end)
    filter("text", function(item) return item.brand:upper() == "KILN" and ctx == nil end)
  )");
  const FakeItems items({{"a", {{"price", 5.0}, {"tags", std::vector<std::string_view>{"x", "new"}}}},
                         {"b", {{"price", 20.0}}},
                         {"c", {}}});
  FakeContext context;
  context.sets[Context::Set::kBought] = {"b"};
  const auto run = *scenario->Begin(context);

  EXPECT_TRUE(*run->Filter(0, items, 0));
  EXPECT_FALSE(*run->Filter(0, items, 1));
  EXPECT_TRUE(*run->Filter(1, items, 0));
  EXPECT_FALSE(*run->Filter(1, items, 1));
  EXPECT_FALSE(*run->Filter(1, items, 2));  // absent: nil drops
  EXPECT_TRUE(*run->Filter(2, items, 0));
  EXPECT_FALSE(*run->Filter(2, items, 1));
  EXPECT_EQ(items.asked, 2);  // price and tags, once each
  const auto failed = run->Filter(3, items, 0);
  EXPECT_EQ(failed.error().message(), "home.lua:5: attempt to index a nil value (field 'brand')");
  EXPECT_FALSE(run->Filter(0, items, 0));  // a run that failed stays failed
}

TEST(ScenarioTest, Boost_NilOverMaxAndWrong_GivesOneMaxAndFault) {
  const auto scenario = Compile(R"(
    boost("fresh", { max = 1.5 }, function(item, ctx)
      if item.age_days < 1 then return 9 end
      if item.age_days < 7 then return 1.2 end
      if item.age_days > 99 then return 0 end
    end))");
  const FakeItems items({{"a", {{"age_days", 0.5}}},
                         {"b", {{"age_days", 3.0}}},
                         {"c", {{"age_days", 30.0}}},
                         {"d", {{"age_days", 100.0}}}});
  FakeContext context;
  const auto run = *scenario->Begin(context);

  EXPECT_EQ(*run->Boost(0, items, 0), 1.5);
  EXPECT_EQ(*run->Boost(0, items, 1), 1.2);
  EXPECT_EQ(*run->Boost(0, items, 2), 1.0);
  EXPECT_EQ(run->Boost(0, items, 3).error().message(),
            "home.lua:0: boost 'fresh' must return nil or a number above 0 and at most its max");
}

TEST(ScenarioTest, Context_EveryField_ReadsTheRequest) {
  const auto scenario = Compile(R"(
    function weights(ctx)
      assert(ctx.user == "u" and ctx.scenario == "home" and ctx.item == nil and ctx.count == 10)
      assert(ctx.last == "x")
      assert(ctx.hour == 13 and ctx.weekday == 5 and ctx.now == 1700226000)
      assert(ctx.seen["x"] and not ctx.carted["x"])
      return {}
    end)");
  FakeContext context;
  context.user = "u";
  context.scenario = "home";
  context.last = "x";
  context.count = 10;
  context.now_ms = 1'700'226'000'000;  // Friday, 17 November 2023, 13:00 UTC
  context.sets[Context::Set::kSeen] = {"x"};

  const auto weights = (*scenario->Begin(context))->Weights();

  EXPECT_TRUE(weights) << weights.error().message();
}

}  // namespace
}  // namespace signalbox::scripting
