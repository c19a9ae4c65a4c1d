// Whole requests with list rules, request values, fallbacks and traces.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "serve/response_writer.hpp"
#include "serve/serve_testing.hpp"

namespace signalbox::serve {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// "co" proposes 00 to 29 with scores 30 to 1; the brand is the tens digit, the price the number.
class ServiceRulesTest : public ::testing::Test {
 protected:
  ServiceRulesTest() {
    FakeSignal& co = world_.signals.Add("co", "collaborative");
    for (int i = 0; i < 30; ++i) {
      const std::string id = {static_cast<char>('0' + i / 10), static_cast<char>('0' + i % 10)};
      world_.Post(id, {{"brand", id.substr(0, 1)}, {"price", static_cast<double>(i)}});
      co.proposes.emplace_back(id, static_cast<float>(30 - i));
    }
    world_.signals.Add("pop", "popularity");
  }
  void Script(const std::string& name, const std::string& more) {
    world_.Script(name, "candidates { co = 100 }\nfunction weights() return { co = 1 } end\n" + more);
  }
  model::RecommendRequest Request(uint32_t count) {
    model::RecommendRequest request;
    request.scenario = "s";
    request.count = count;
    return request;
  }
  Result<model::RecommendResponse> Ask(const model::RecommendRequest& request) {
    if (world_.service == nullptr) world_.Start();
    return world_.service->Recommend(request);
  }
  std::vector<std::string> Ids(const model::RecommendRequest& request) {
    return ServeWorld::Ids(Ask(request));
  }
  static const model::TracedCandidate& Traced(const model::RecommendResponse& response,
                                              const std::string& id) {
    for (const auto& candidate : response.trace->candidates) {
      if (candidate.item.id == id) return candidate;
    }
    static const model::TracedCandidate none;
    return none;
  }

  ServeWorld world_;
};

TEST_F(ServiceRulesTest, Rules_RemoveMoreThanThePoolHolds_GoesDeeper) {
  // One of each brand in the whole list: 00, 10, 20 lie ten apart, the pool of 3 * 2 + 20 = 26 holds them;
  // of a count of 2 the third is never needed.
  Script("s", "rules { at_most { field = 'brand', count = 1 } }");

  EXPECT_THAT(Ids(Request(3)), ElementsAre("00", "10", "20"));
  EXPECT_THAT(Ids(Request(2)), ElementsAre("00", "10"));
}

TEST_F(ServiceRulesTest, Rules_TooFewLeft_FillsUnderTheSameRules) {
  // Three brands, one item each: nothing else may fill the list.
  Script("s", "rules { at_most { field = 'brand', count = 1 } }");
  world_.Post("other", {{"brand", "x"}}, 500);

  EXPECT_THAT(Ids(Request(10)), ElementsAre("00", "10", "20", "other"));
}

TEST_F(ServiceRulesTest, Pin_ItemThatNothingOffered_StandsAtItsPlaceOfTheFilledList) {
  world_.signals["co"].proposes = {{"00", 2}, {"01", 1}};
  Script("s", "rules { pin { item = 'gift', position = 3 } }");
  world_.Post("gift", {}, 900);
  world_.Post("newest", {}, 0);

  const auto response = Ask(Request(4));

  EXPECT_THAT(ServeWorld::Ids(response), ElementsAre("00", "01", "gift", "newest"));
  EXPECT_EQ(response->recommendations[2].reason, "pinned");
}

TEST_F(ServiceRulesTest, Pin_ExcludedFilteredOrOutOfWhere_IsNotPinned) {
  Script("s",
         "where { price = { below = 25 } }\nrules { pin { item = '10', position = 1 }, pin { item = '27', "
         "position = 1 } }");
  auto request = Request(2);

  EXPECT_THAT(Ids(request), ElementsAre("10", "00"));
  request.filter = "item.price < 5";
  EXPECT_THAT(Ids(request), ElementsAre("00", "01"));
  request.filter.clear();
  request.exclude = {{"item", "10"}};
  EXPECT_THAT(Ids(request), ElementsAre("00", "01"));
}

TEST_F(ServiceRulesTest, ExcludeSeenAndBury_ActBeforeAnyLua) {
  world_.Event("u", "00", "purchase");
  world_.Event("u", "01", "view");
  Script("s", R"(
    filter("counts", function(item) return item.id ~= '03' end)
    rules { exclude_seen { event = "purchase" }, bury { where = { brand = "0" } } })");
  auto request = Request(3);
  request.user = "u";

  EXPECT_THAT(Ids(request), ElementsAre("10", "11", "12"));
  request.count = 24;  // twenty that are not buried, then those that are
  const auto ids = Ids(request);
  EXPECT_EQ(ids[19], "29");
  EXPECT_EQ(ids[20], "01");
  EXPECT_EQ(ids[22], "04");
}

TEST_F(ServiceRulesTest, Schedule_InTheTenantsZone_DecidesWhetherARuleActs) {
  // 17 November 2023, 13:00 UTC is 22:00 in Tokyo, a Friday.
  Script(
      "s",
      "rules { pin { item = '20', position = 1, schedule = { hours = '21:00-23:00', days = { 'fri' } } } }");
  EXPECT_THAT(Ids(Request(1)), ElementsAre("00"));

  world_.parts.time_zone = "Asia/Tokyo";
  world_.Start();

  EXPECT_THAT(Ids(Request(1)), ElementsAre("20"));
}

TEST_F(ServiceRulesTest, Filter_OfTheRequest_DropsWhatDoesNotMatch) {
  Script("s", "");
  auto request = Request(5);
  request.filter = "item.price >= 3 and item.brand == '0' and not (item.price == 4)";

  EXPECT_THAT(Ids(request), ElementsAre("03", "05", "06", "07", "08"));
  request.filter = "item.price <";
  EXPECT_EQ(Ask(request).error().field(), "filter");
}

TEST_F(ServiceRulesTest, Filter_ThatFewCandidatesPass_AsksSignalsForThose) {
  // The quota of 4 is used up by items of brand 0; signals are asked again with a bitmap of brand 2.
  world_.Script("s", "candidates { co = 4 } function weights() return { co = 1 } end");
  auto request = Request(3);
  request.filter = "item.brand == '2'";

  const auto response = Ask(request);

  EXPECT_THAT(ServeWorld::Ids(response), ElementsAre("20", "21", "22"));
  EXPECT_EQ(response->recommendations[2].reason, "co");
  EXPECT_THAT(world_.signals["co"].quotas, ElementsAre(4, 4));
}

TEST_F(ServiceRulesTest, Tunables_OnlyThoseARequestMaySet_WithinTheirRange) {
  world_.Script("s", R"(
    tunable("limit", 3, { min = 0, max = 10, request = true })
    tunable("own", 1)
    candidates { co = 100 }
    function weights() return { co = 1 } end
    filter("dear", function(item) return item.price >= tune.limit end))");
  auto request = Request(1);

  EXPECT_THAT(Ids(request), ElementsAre("03"));
  request.tunables = {{"limit", 7}};
  EXPECT_THAT(Ids(request), ElementsAre("07"));
  request.tunables = {{"limit", 11}};
  EXPECT_EQ(Ask(request).error().field(), "tunables.limit");
  EXPECT_EQ(Ask(request).error().hint(), "give a value from 0 to 10");
  request.tunables = {{"own", 1}};
  EXPECT_EQ(Ask(request).error().field(), "tunables.own");
  request.tunables = {{"limt", 1}};
  EXPECT_EQ(Ask(request).error().hint(), "did you mean 'limit'?");
}

TEST_F(ServiceRulesTest, Normalise_AndMissing_AreHonoured) {
  // Ranks of three: 1, 0.5, 0. Where pop has no opinion co has all the weight.
  world_.signals["co"].proposes = {{"00", 100}, {"01", 2}, {"02", 1}};
  world_.signals["pop"].scores = {{"00", 0.25f}};
  world_.Script("s", R"(
    candidates { co = 10 }
    normalise { "rank", pop = "none" }
    missing { pop = "share" }
    function weights() return { co = 0.5, pop = 0.5 } end)");
  auto request = Request(3);
  request.explain = true;

  const auto response = Ask(request);

  EXPECT_THAT(ServeWorld::Ids(response), ElementsAre("00", "01", "02"));
  EXPECT_FLOAT_EQ(static_cast<float>(response->recommendations[0].score), 0.625f);  // .5 * 1 + .5 * .25
  EXPECT_FLOAT_EQ(static_cast<float>(response->recommendations[1].score), 0.5f);    // 1 * .5
  EXPECT_EQ(response->recommendations[1].explanation[0].weight, 1);
  EXPECT_EQ(response->recommendations[1].explanation[1].weight, 0);
}

TEST_F(ServiceRulesTest, History_AsSource_GivesTheVisitorsOwnItemsNewestFirst) {
  for (const char* item : {"05", "07", "05", "09"}) {
    world_.clock.Advance(1000);
    world_.Event("u", item, "view", world_.clock.now_ms());
  }
  world_.Script("s", "candidates { history = 20 }");
  auto request = Request(3);
  request.user = "u";

  const auto response = Ask(request);

  EXPECT_THAT(ServeWorld::Ids(response), ElementsAre("09", "05", "07"));
  EXPECT_EQ(response->recommendations[0].reason, "history");
}

TEST_F(ServiceRulesTest, Fallback_Scenario_FillsBeforePopular) {
  world_.signals["pop"].proposes = {{"29", 1}, {"28", 0.5f}};
  world_.Script("s", "candidates { history = 5 } fallback 'other'");
  Script("other", "filter('odd', function(item) return item.price % 2 == 1 end)");
  world_.Event("u", "03", "view");
  auto request = Request(4);
  request.user = "u";

  const auto response = Ask(request);

  EXPECT_THAT(ServeWorld::Ids(response), ElementsAre("03", "01", "05", "07"));
  EXPECT_EQ(response->recommendations[1].reason, "co");
  EXPECT_EQ(response->revision, "s@1");
}

TEST_F(ServiceRulesTest, Explore_Propensity_IsInTheAnswer) {
  Script("s", "rules { explore { share = 0.5, depth = 20 } }");
  auto request = Request(10);
  request.user = "u";

  const auto response = Ask(request);

  int drawn = 0;
  for (const auto& entry : response->recommendations) drawn += entry.propensity == 0.25;
  EXPECT_EQ(drawn, 5);
  EXPECT_THAT(WriteRecommendations(*response, false), HasSubstr("\"propensity\":0.25"));
  EXPECT_EQ(ServeWorld::Ids(response), Ids(request));
}

TEST_F(ServiceRulesTest, Trace_EveryCandidate_SaysWhereItDroppedOut) {
  world_.Event("u", "02", "purchase");
  Script("s", R"(
    filter("not one", function(item) return item.price ~= 1 end)
    boost("dear", { max = 3 }, function(item) if item.price == 5 then return 3 end end)
    rules { exclude_seen { event = "purchase", name = "bought" },
            dedupe { field = "brand", name = "one a brand" },
            pin { item = "29", position = 1, name = "our pin" } })");
  world_.Post("sold out", {{"hidden", true}});
  world_.Post("quiet");
  auto request = Request(2);
  request.user = "u";
  request.trace = true;
  request.filter = "item.price ~= 3";
  request.exclude = {{"item", "04"}};
  for (const char* id : {"03", "04", "sold out", "quiet"}) request.trace_items.push_back({"item", id});

  const auto response = Ask(request);

  ASSERT_TRUE(response);
  EXPECT_THAT(ServeWorld::Ids(response), ElementsAre("29", "05"));
  EXPECT_EQ(Traced(*response, "29").rank, 1u);
  EXPECT_THAT(Traced(*response, "29").effects, Contains("our pin: pinned"));
  const auto& best = Traced(*response, "05");
  EXPECT_EQ(best.rank, 2u);
  EXPECT_EQ(best.blend_rank, 4u);  // 00, 01, 02 are before it
  EXPECT_THAT(best.effects, Contains("boost 'dear' x3"));
  EXPECT_THAT(best.offered_by, ElementsAre("co"));
  EXPECT_EQ(Traced(*response, "01").dropped_by, "filter 'not one'");
  EXPECT_EQ(Traced(*response, "02").dropped_by, "bought");
  EXPECT_EQ(Traced(*response, "00").dropped_by, "one a brand");
  EXPECT_EQ(Traced(*response, "10").dropped_by, "count");
  EXPECT_EQ(Traced(*response, "03").dropped_by, "filter=");
  EXPECT_EQ(Traced(*response, "04").dropped_by, "exclude");
  EXPECT_EQ(Traced(*response, "sold out").dropped_by, "hidden");
  EXPECT_EQ(Traced(*response, "quiet").dropped_by, "not offered");  // it has no price, so not 3
  std::vector<std::string> rules;
  for (const auto& rule : response->trace->rules) rules.push_back(rule.rule);
  EXPECT_THAT(rules, ElementsAre("filter 'not one'", "boost 'dear'", "bought", "one a brand", "our pin"));
  EXPECT_EQ(response->trace->rules[0].removed, 1u);
  EXPECT_EQ(response->trace->rules[2].removed, 1u);
}

TEST_F(ServiceRulesTest, Trace_ChangesNothingInTheList) {
  Script("s", R"(
    boost("dear", { max = 2 }, function(item) if item.price % 3 == 0 then return 1.5 end end)
    rules { at_most { field = "brand", count = 2, window = 4 } })");
  auto request = Request(8);
  const auto plain = Ids(request);
  request.trace = true;

  EXPECT_EQ(Ids(request), plain);
}

TEST_F(ServiceRulesTest, Trace_ScriptFails_HasItsErrorAndTheRulesGoOn) {
  Script("s", "filter('broken', function(item) return item.no.no end)\nrules { dedupe { field = 'brand' } }");
  auto request = Request(3);
  request.trace = true;

  const auto response = Ask(request);

  EXPECT_THAT(ServeWorld::Ids(response), ElementsAre("00", "10", "20"));
  EXPECT_THAT(response->trace->errors, ElementsAre(HasSubstr("s.lua:")));
}

}  // namespace
}  // namespace signalbox::serve
