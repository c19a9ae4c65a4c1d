// Whole requests against fake signals and real state.
#include "serve/service.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "serve/response_writer.hpp"
#include "serve/serve_testing.hpp"

namespace signalbox::serve {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Two signals: "co" proposes a, b, c; "pop" proposes d, c and scores all.
class ServiceTest : public ::testing::Test {
 protected:
  ServiceTest() {
    for (const char* id : {"a", "b", "c", "d", "e"}) world_.Post(id);
    world_.signals.Add("co", "collaborative").proposes = {{"a", 4}, {"b", 2}, {"c", 0}};
    FakeSignal& pop = world_.signals.Add("pop", "popularity");
    pop.proposes = {{"d", 100}, {"c", 50}};
    pop.scores = {{"a", 0}, {"b", 25}};
    world_.Script("default", R"(
      candidates { co = 10, pop = 10 }
      function weights(ctx) return { co = 0.6, pop = 0.4 } end
      filter("no repeats", function(item, ctx) return not ctx.bought[item.id] end)
      boost("fresh", { max = 1.5 }, function(item) if item.age_days < 10 then return 1.5 end end))");
  }
  model::RecommendRequest Request(uint32_t count = 10) {
    model::RecommendRequest request;
    request.count = count;
    return request;
  }
  std::vector<std::string> Ids(const model::RecommendRequest& request) {
    return ServeWorld::Ids(world_.service->Recommend(request));
  }
  static std::vector<std::string> Reasons(const Result<model::RecommendResponse>& response) {
    std::vector<std::string> reasons;
    for (const auto& entry : response->recommendations) reasons.push_back(entry.reason);
    return reasons;
  }

  ServeWorld world_;
};

TEST_F(ServiceTest, Recommend_TwoSignals_BlendsAndGivesReasons) {
  // co over [0, 4]: a 1, b .5, c 0, d no opinion. pop over [0, 100]: a 0, b .25, c .5, d 1.
  // a .6; b .6*.5 + .4*.25 = .4; d .4 — a tie that the id decides; c .4*.5 = .2. e is the newest left.
  world_.Start();

  const auto response = world_.service->Recommend(Request());

  EXPECT_THAT(ServeWorld::Ids(response), ElementsAre("a", "b", "d", "c", "e"));
  EXPECT_FLOAT_EQ(static_cast<float>(response->recommendations[0].score), 0.6f);
  EXPECT_FLOAT_EQ(static_cast<float>(response->recommendations[3].score), 0.2f);
  EXPECT_THAT(Reasons(response), ElementsAre("co", "co", "pop", "pop", "newest"));
  EXPECT_EQ(response->scenario, "default");
  EXPECT_EQ(response->revision, "default@1");
  EXPECT_EQ(response->recommendation_id.size(), 32u);
  EXPECT_EQ(world_.metrics.Value("recommendation_requests_total", {{"scenario", "default"}}), 1);
}

TEST_F(ServiceTest, Recommend_SameInput_SameBytes) {
  world_.Start();
  const auto first = world_.service->Recommend(Request());
  auto second = world_.service->Recommend(Request());
  EXPECT_NE(first->recommendation_id, second->recommendation_id);
  second->recommendation_id = first->recommendation_id;

  EXPECT_EQ(WriteRecommendations(*first, true), WriteRecommendations(*second, true));
}

TEST_F(ServiceTest, Recommend_BoughtContextAndExcluded_AreNotIn) {
  world_.Event("u", "a", "purchase");
  world_.Event("u", "b", "cart");
  world_.Start();
  auto request = Request();
  request.user = "u";
  request.context = model::ItemKey{"item", "d"};
  request.exclude = {{"item", "c"}, {"item", "unknown"}};

  EXPECT_THAT(Ids(request), ElementsAre("b", "e"));
  EXPECT_EQ(world_.signals.seen.context, "d");
}

TEST_F(ServiceTest, Recommend_Boost_LiftsWithinItsMax) {
  world_.Post("d", {}, 1);  // .4 * 1.5 = .6, a tie with a, which comes first
  world_.Post("c", {}, 1);  // .2 * 1.5 = .3
  world_.Start();
  auto request = Request(3);
  request.explain = true;

  const auto response = world_.service->Recommend(request);

  EXPECT_THAT(ServeWorld::Ids(response), ElementsAre("a", "d", "b"));
  EXPECT_THAT(response->recommendations[0].rules, IsEmpty());
  EXPECT_THAT(response->recommendations[1].rules, ElementsAre("boost 'fresh' x1.5"));
}

TEST_F(ServiceTest, Recommend_Explain_AddsUpToTheScore) {
  world_.Start();
  auto request = Request(2);
  request.explain = true;

  const auto response = world_.service->Recommend(request);

  const auto& b = response->recommendations[1];
  ASSERT_EQ(b.explanation.size(), 2u);
  EXPECT_EQ(b.explanation[0].signal, "co");
  EXPECT_EQ(b.explanation[0].raw, 2);
  EXPECT_FLOAT_EQ(b.explanation[0].normalised, 0.5f);
  EXPECT_FLOAT_EQ(b.explanation[0].contribution, 0.3f);
  EXPECT_FLOAT_EQ(b.explanation[1].contribution, 0.1f);
  EXPECT_THAT(b.rules, IsEmpty());
}

TEST_F(ServiceTest, Recommend_SignalFails_SharesItsWeightAndSaysSo) {
  world_.signals["pop"].fails = true;
  world_.Start();

  const auto response = world_.service->Recommend(Request());

  EXPECT_THAT(response->degraded, ElementsAre("pop"));
  EXPECT_EQ(response->recommendations[0].item.id, "a");
  EXPECT_FLOAT_EQ(static_cast<float>(response->recommendations[0].score), 1.0f);  // all of 0.6 + 0.4
}

TEST_F(ServiceTest, Recommend_DeletedOrHidden_IsGoneAndBackWhenPostedAgain) {
  world_.Start();
  ASSERT_EQ(Ids(Request())[0], "a");

  world_.Delete("a");
  world_.Post("b", {{"hidden", true}});
  EXPECT_THAT(Ids(Request()), ElementsAre("d", "c", "e"));

  world_.Post("a");
  while (Ids(Request())[0] != "a") continue;  // the next bitmap, some microseconds later
}

TEST_F(ServiceTest, Recommend_NothingProposed_FallsBackToPopularThenNewest) {
  world_.signals["co"].proposes.clear();
  world_.Post("newest", {}, 0);
  world_.Script("quiet", "candidates { co = 10 } function weights() return { co = 1 } end");
  world_.Start();
  auto request = Request();
  request.scenario = "quiet";

  const auto response = world_.service->Recommend(request);

  EXPECT_THAT(ServeWorld::Ids(response), ElementsAre("d", "c", "newest", "a", "b", "e"));
  EXPECT_THAT(Reasons(response), ElementsAre("popular", "popular", "newest", "newest", "newest", "newest"));
}

TEST_F(ServiceTest, Recommend_FallbackAndFilters_NeverGivesWhatAFilterDrops) {
  world_.Script("strict", R"(
    candidates { co = 10 }
    function weights() return { co = 1 } end
    filter("only a and e", function(item) return item.id == "a" or item.id == "e" end))");
  world_.Start();
  auto request = Request();
  request.scenario = "strict";

  EXPECT_THAT(Ids(request), ElementsAre("a", "e"));
}

TEST_F(ServiceTest, Recommend_FilterLeavesTooFew_GathersOnceMoreWithFourTimesTheQuota) {
  world_.signals["co"].proposes = {{"a", 4}, {"b", 3}, {"c", 2}, {"d", 1}};
  world_.Script("narrow", R"(
    candidates { co = 1 }
    function weights() return { co = 1 } end
    filter("not a", function(item) return item.id ~= "a" end))");
  world_.Start();
  auto request = Request(3);
  request.scenario = "narrow";

  EXPECT_THAT(Ids(request), ElementsAre("b", "c", "d"));
  EXPECT_THAT(world_.signals["co"].quotas, ElementsAre(1, 4));
}

TEST_F(ServiceTest, Recommend_ScriptFails_AnswersWithNativeWeightsAndCounts) {
  world_.Script("broken", R"(
    candidates { co = 10, pop = 10 }
    function weights() return { co = 1 } end
    filter("broken", function(item) return item.nothing.at_all end))");
  world_.parts.defaults.weights = {{"pop", 1}};
  world_.Start();
  auto request = Request(2);
  request.scenario = "broken";

  const auto response = world_.service->Recommend(request);

  EXPECT_THAT(ServeWorld::Ids(response), ElementsAre("d", "c"));
  EXPECT_EQ(world_.metrics.Value("signalbox_script_errors_total", {{"scenario", "broken"}}), 1);
}

TEST_F(ServiceTest, Recommend_WeightsNameNoSignal_CountsAndLeavesThemOut) {
  world_.parts.defaults.weights = {{"pop", 1}};
  world_.Script("typo", R"(
    candidates { co = 10, pop = 10 }
    function weights() return { popp = 1 } end
    filter("not d", function(item) return item.id ~= "d" end))");
  world_.Script("half", R"(
    candidates { co = 10, pop = 10 }
    function weights() return { popp = 1, co = 1 } end)");
  world_.Start();
  auto request = Request(1);

  request.scenario = "typo";  // native weights: d first, which the filter drops
  EXPECT_THAT(Ids(request), ElementsAre("c"));
  request.scenario = "half";
  EXPECT_THAT(Ids(request), ElementsAre("a"));
  EXPECT_EQ(world_.metrics.Value("signalbox_script_errors_total", {{"scenario", "typo"}}), 1);
  EXPECT_EQ(world_.metrics.Value("signalbox_script_errors_total", {{"scenario", "half"}}), 1);
}

TEST_F(ServiceTest, Recommend_WhereOnAnAttributeNobodyHas_StillAnswers) {
  world_.Script("typo", R"(
    candidates { co = 10 }
    where { nosuch = { above = 0 } }
    function weights() return { co = 1 } end)");
  world_.Start();
  auto request = Request(2);
  request.scenario = "typo";

  EXPECT_THAT(Ids(request), ElementsAre("a", "b"));
}

TEST_F(ServiceTest, Recommend_LastItemOfTheHistory_IsKnownToScripts) {
  world_.Event("u", "b", "view", ServeWorld::kNowMs - 2000);
  world_.Event("u", "a", "view", ServeWorld::kNowMs - 1000);
  world_.Script("onward", R"(
    candidates { co = 10 }
    function weights() return { co = 1 } end
    filter("not the last one", function(item, ctx) return item.id ~= ctx.last end))");
  world_.Start();
  auto request = Request(2);
  request.scenario = "onward";

  EXPECT_THAT(Ids(request), ElementsAre("a", "b"));
  request.user = "u";
  EXPECT_THAT(Ids(request), ElementsAre("b", "c"));
}

TEST_F(ServiceTest, Recommend_HistoryOfUser_GoesToSignals) {
  world_.Event("u", "a", "view", ServeWorld::kNowMs - 3 * 3'600'000);
  world_.Event("u", "b", "click", ServeWorld::kNowMs - 60'000);
  world_.Event("u", "c", "view", ServeWorld::kNowMs - 1000);
  world_.Start();
  auto request = Request();
  request.user = "u";

  world_.service->Recommend(request).value();
  EXPECT_THAT(world_.signals.seen.history, ElementsAre("a", "b", "c"));
  EXPECT_EQ(world_.signals.seen.in_session, 2u);

  world_.clock.Advance(3'600'000);  // a new session has begun
  world_.service->Recommend(request).value();
  EXPECT_EQ(world_.signals.seen.in_session, 0u);
  EXPECT_EQ(world_.signals.seen.history.size(), 3u);
}

TEST_F(ServiceTest, Recommend_ItemsAsHistory_AreTheNewestFiftyOfThisSession) {
  world_.Start();
  auto request = Request();
  for (int i = 0; i < 60; ++i) request.items.push_back({"item", i == 59 ? "b" : "a"});
  request.items.push_back({"item", "unknown"});

  world_.service->Recommend(request).value();

  EXPECT_EQ(world_.signals.seen.history.size(), 49u);
  EXPECT_EQ(world_.signals.seen.in_session, 49u);
  EXPECT_EQ(world_.signals.seen.history.back(), "b");
}

TEST_F(ServiceTest, Recommend_OnlySignals_IsThatSignalAlone) {
  world_.Event("u", "d", "purchase");
  world_.Start();
  auto request = Request();
  request.user = "u";
  request.only_signals = {"pop"};

  EXPECT_THAT(Ids(request), ElementsAre("d", "c"));
  request.only_signals = {"pob"};
  const auto response = world_.service->Recommend(request);
  EXPECT_EQ(response.error().hint(), "did you mean 'pop'?");
}

TEST_F(ServiceTest, Recommend_UnknownScenarioTenantOrCount_IsRefused) {
  world_.Start();
  auto request = Request();
  request.scenario = "defualt";
  EXPECT_EQ(world_.service->Recommend(request).error().hint(), "did you mean 'default'?");
  request = Request(101);
  EXPECT_EQ(world_.service->Recommend(request).error().field(), "count");
  request = Request();
  request.tenant = "nobody";
  EXPECT_EQ(world_.service->Recommend(request).error().code(), Code::kNotFound);
}

TEST_F(ServiceTest, Recommend_Category_FiltersNatively) {
  world_.Post("b", {{"category", "tents"}});
  world_.Post("e", {{"category", "tents"}});
  world_.Start();
  auto request = Request();
  request.category = "tents";

  EXPECT_THAT(Ids(request), ElementsAre("b", "e"));
}

TEST_F(ServiceTest, Recommend_AfterAndOwnWrites_WaitsOrSaysStale) {
  FakeApplier applier;
  FakeWrites writes;
  applier.applied = 6;
  model::LogRecord record;
  record.user = "u";
  writes.Note(model::PartitionKey(record), {0, 7});
  world_.Start(&applier, &writes);

  auto request = Request();
  EXPECT_FALSE(world_.service->Recommend(request)->stale);
  request.after = {model::LogPosition{0, 5}};
  EXPECT_FALSE(world_.service->Recommend(request)->stale);
  request.after = {model::LogPosition{0, 5}, model::LogPosition{0, 6}};
  EXPECT_TRUE(world_.service->Recommend(request)->stale);
  request.after.clear();
  request.user = "u";
  EXPECT_TRUE(world_.service->Recommend(request)->stale);
  applier.applied = 8;
  EXPECT_FALSE(world_.service->Recommend(request)->stale);
  EXPECT_THAT(applier.waited, ElementsAre(5, 5, 6, 7, 7));
}

TEST_F(ServiceTest, Recommend_UserAndSession_WaitsForTheWritesOfBoth) {
  FakeApplier applier;
  FakeWrites writes;
  applier.applied = 8;
  model::LogRecord bought;
  bought.session = "q";
  writes.Note(model::PartitionKey(bought), {0, 9});
  model::LogRecord viewed;
  viewed.user = "n";
  writes.Note(model::PartitionKey(viewed), {0, 7});
  world_.Start(&applier, &writes);
  auto request = Request();
  request.user = "n";
  request.session = "q";

  EXPECT_TRUE(world_.service->Recommend(request)->stale);
  EXPECT_THAT(applier.waited, ElementsAre(7, 9));
}

TEST_F(ServiceTest, Recommend_FirstRequest_TimesEachStep) {
  world_.Start();

  world_.service->Recommend(Request()).value();

  for (const char* step : {"prepare", "weights", "blend", "rules", "fallback", "respond"}) {
    EXPECT_FALSE(world_.metrics.Observations("signalbox_serve_step_seconds", {{"step", step}, {"signal", ""}})
                     .empty());
  }
  EXPECT_EQ(
      world_.metrics.Observations("signalbox_serve_step_seconds", {{"step", "gather"}, {"signal", "co"}})
          .size(),
      1u);
}

}  // namespace
}  // namespace signalbox::serve
