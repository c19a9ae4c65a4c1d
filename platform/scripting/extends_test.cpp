// Declarations of a base and what replaces them; the words that came with them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scripting/script_testing.hpp"

namespace signalbox::scripting {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

using Files = std::map<std::string, std::string, std::less<>>;

Result<std::shared_ptr<const Scenario>> Compile(const std::string& source, const Files& files = {}) {
  return Scenario::Compile("home", "home.lua", source, {}, [&](std::string_view name) -> Result<std::string> {
    const auto found = files.find(name);
    if (found == files.end()) return Fail(Code::kNotFound, "there is no such scenario");
    return found->second;
  });
}

std::string ErrorOf(const std::string& source, const Files& files = {}) {
  const auto scenario = Compile(source, files);
  return scenario ? "no error" : scenario.error().message();
}

constexpr const char* kBase = R"(
  tunable("session", 0.4, { help = "visits" })
  tunable("fresh", 7, { max = 30 })
  candidates { session = 100 }
  where { stock = { above = 0 } }
  normalise { "rank", session = "max" }
  missing { session = "share", popularity = "zero" }
  cache_seconds(30)
  fallback "popular"
  rules { dedupe { field = "group" } }
  function weights(ctx) return { session = tune.session } end
  filter("cheap", function(item) return item.price < 10 end)
  filter("new", function(item) return item.age_days < tune.fresh end)
  boost("sale", { max = 1.5 }, function(item) return 1.5 end)
)";

TEST(ExtendsTest, Extend_WithoutMore_InheritsEverything) {
  const auto scenario = Compile("extends 'base'", {{"base", kBase}});
  ASSERT_TRUE(scenario) << scenario.error().message();
  const Declaration& declared = (*scenario)->declaration();

  EXPECT_EQ(declared.name, "home");
  EXPECT_EQ(declared.extends, "base");
  EXPECT_EQ(declared.fallback, "popular");
  EXPECT_EQ(declared.cache_seconds, 30);
  EXPECT_EQ(declared.tunables.size(), 2u);
  EXPECT_THAT(declared.candidates, ElementsAre(Pair("session", 100)));
  EXPECT_THAT(declared.filters, ElementsAre("cheap", "new"));
  EXPECT_THAT(declared.boosts, ElementsAre(Pair("sale", 1.5)));
  EXPECT_EQ(declared.normalise_others, Normalise::kRank);
  EXPECT_THAT(declared.normalise, ElementsAre(Pair("session", Normalise::kMax)));
  EXPECT_THAT(declared.missing_share, ElementsAre("session"));
  EXPECT_EQ(declared.rules.size(), 1u);
  EXPECT_TRUE(declared.has_weights);
}

TEST(ExtendsTest, Extend_DeclaredAnew_ReplacesByName) {
  const auto scenario = Compile(R"(
    extends "base"
    tunable("fresh", 3, { max = 5 })
    tunable("own", 0.1)
    candidates { popularity = 50 }
    filter("cheap", function(item) return item.price < 100 end)
    boost("sale", nil)
    filter("mine", function(item) return true end)
    rules {}
    local base = weights
    function weights(ctx) local w = base(ctx) w.popularity = tune.own return w end
  )",
                                {{"base", kBase}});
  ASSERT_TRUE(scenario) << scenario.error().message();
  const Declaration& declared = (*scenario)->declaration();
  const FakeItems items({{"a", {{"price", 50.0}, {"age_days", 4.0}}}});
  FakeContext context;
  const auto run = *(*scenario)->Begin(context);

  ASSERT_EQ(declared.tunables.size(), 3u);
  EXPECT_EQ(declared.tunables[1].max, 5);
  EXPECT_THAT(declared.candidates, ElementsAre(Pair("popularity", 50)));
  EXPECT_THAT(declared.filters, ElementsAre("cheap", "new", "mine"));
  EXPECT_TRUE(declared.boosts.empty());
  EXPECT_TRUE(declared.rules.empty());
  EXPECT_EQ(declared.where.size(), 1u);
  EXPECT_TRUE(*run->Filter(0, items, 0));
  EXPECT_FALSE(*run->Filter(1, items, 0));
  EXPECT_THAT(*run->Weights(), ElementsAre(Pair("popularity", 0.1), Pair("session", 0.4)));
}

TEST(ExtendsTest, Extend_BaseChangesLater_TheCompiledOneStays) {
  Files files{{"base", "function weights() return { a = 1 } end"}};
  const auto scenario = *Compile("extends 'base'", files);
  files["base"] = "function weights() return { a = 2 } end";
  FakeContext context;

  const auto first = *scenario->Begin(context);
  const auto second = *scenario->Begin(context);  // another state, loaded now

  EXPECT_THAT(*first->Weights(), ElementsAre(Pair("a", 1)));
  EXPECT_THAT(*second->Weights(), ElementsAre(Pair("a", 1)));
}

TEST(ExtendsTest, Extend_Wrong_IsRefusedWithTheLine) {
  const Files files{{"a", "extends 'b'"}, {"b", "extends 'a'"},     {"c", "\nx ="},
                    {"1", "extends '2'"}, {"2", "extends '3'"},     {"3", "extends '4'"},
                    {"4", "extends '5'"}, {"5", "tunable('x', 1)"}, {"d", "error('no')"}};
  EXPECT_EQ(ErrorOf("extends 'a'", files), "b.lua:1: extends: a is extended by itself");
  EXPECT_EQ(ErrorOf("extends 'home'", files), "home.lua:1: extends: home is extended by itself");
  EXPECT_EQ(ErrorOf("extends 'c'", files), "c.lua:2: unexpected symbol near <eof>");
  EXPECT_EQ(ErrorOf("extends 'd'", files), "d.lua:1: no");
  EXPECT_EQ(ErrorOf("extends '1'", files), "4.lua:1: extends: more than 4 scenarios in a row");
  EXPECT_EQ(ErrorOf("extends '2'", files), "no error");
  EXPECT_EQ(ErrorOf("\nextends 'missing'", files), "home.lua:2: extends: missing: there is no such scenario");
  EXPECT_EQ(ErrorOf("tunable('x', 1) extends '5'", files),
            "home.lua:1: extends must come before everything else, and once");
  EXPECT_EQ(ErrorOf("extends '5' extends '5'", files),
            "home.lua:1: extends must come before everything else, and once");
  const auto alone = Scenario::Compile("home", "home.lua", "extends '5'");
  EXPECT_EQ(alone.error().message(), "home.lua:1: extends: no other scenario can be read here");
}

TEST(WordsTest, Declare_Twice_IsRefused) {
  for (const std::string word :
       {"candidates { a = 1 }", "where { a = 1 }", "normalise 'max'", "missing { a = 'share' }",
        "cache_seconds(1)", "fallback 'x'", "rules {}", "tunable('a', 1)", "filter('a', function() end)",
        "boost('a', function() end)"}) {
    EXPECT_NE(ErrorOf(word + " " + word).find("is declared twice"), std::string::npos) << word;
  }
}

TEST(WordsTest, Declare_Wrong_NamesTheKey) {
  EXPECT_EQ(ErrorOf("normalise 'minimax'"),
            "home.lua:1: normalise: \"minmax\", \"max\", \"rank\" or \"none\" is needed");
  EXPECT_EQ(ErrorOf("normalise { session = 'min' }"),
            "home.lua:1: normalise.session: \"minmax\", \"max\", \"rank\" or \"none\" is needed");
  EXPECT_EQ(ErrorOf("missing { 'session' }"),
            "home.lua:1: missing: write { signal = \"share\" } or \"zero\"");
  EXPECT_EQ(ErrorOf("fallback 'home'"), "home.lua:1: fallback: a scenario cannot be its own");
  EXPECT_EQ(ErrorOf("tunable('a', 1, { request = 1 })"),
            "home.lua:1: tunable 'a'.request: true or false is needed");
  EXPECT_EQ(ErrorOf("filter('a', nil)"), "home.lua:1: filter 'a': a function(item, ctx) is needed");
  EXPECT_TRUE((*Compile("tunable('a', 1, { request = true })"))->declaration().tunables[0].in_request);
}

TEST(WordsTest, Declare_TablesThatRepeatThemselves_AreBounded) {
  const std::string bomb = R"(
    local t = "x"
    for i = 1, 5 do local u = {} for j = 1, 900 do u[j] = t end t = u end
    where { a = t })";
  EXPECT_NE(ErrorOf(bomb).find("home.lua:"), std::string::npos);
  EXPECT_NE(ErrorOf("local t = {} t[1] = t where { a = t }").find("nested too deep"), std::string::npos);
}

}  // namespace
}  // namespace signalbox::scripting
