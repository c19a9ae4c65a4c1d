#include <gmock/gmock.h>

#include "admin/admin_fixture.hpp"

namespace signalbox::admin {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

using RevisionRoutesTest = AdminFixture;

TEST_F(RevisionRoutesTest, Publish_DraftThroughTheApi_IsInForceHereWhenAnswered) {
  const uint64_t number = Publish("home", {{"source", "tunable=a"}, {"values", {{"a", 0.25}}}});

  const auto scenario = Ask("GET", "/scenarios/home");

  EXPECT_EQ(number, 1u);
  EXPECT_EQ(syncs_, 1);
  EXPECT_EQ(scenario.status, 200);
  EXPECT_EQ(scenario.body["in_force"]["id"], "home@1");
  EXPECT_EQ(scenario.body["in_force"]["author"], "anna");
  EXPECT_EQ(scenario.body["in_force"]["values"], json({{"a", 0.25}}));
  EXPECT_EQ(scenario.body["facts"]["tunables"][0]["value"], 0.25);
  EXPECT_EQ(Ask("GET", "/scenarios").body["scenarios"][0]["in_force"], "home@1");
}

TEST_F(RevisionRoutesTest, Create_OnlyValues_KeepsTextAndRules) {
  Publish("home", {{"source", "tunable=a"}, {"rules", {{{"rule", "pin"}}}}});

  const auto draft =
      Ask("POST", "/scenarios/home/revisions", {{"values", {{"a", 0.9}}}, {"comment", "more"}});

  ASSERT_EQ(draft.status, 201) << draft.body;
  const json& revision = draft.body["revision"];
  EXPECT_EQ(revision["number"], 2);
  EXPECT_EQ(revision["base"], 1);
  EXPECT_EQ(revision["state"], "draft");
  EXPECT_EQ(revision["source"], "tunable=a");
  EXPECT_EQ(revision["values"]["a"], 0.9);
  EXPECT_EQ(revision["rules"][0]["rule"], "pin");
}

TEST_F(RevisionRoutesTest, Create_OnlyText_KeepsTheValuesThatFitAndNamesTheOthers) {
  Publish("home", {{"source", "tunable=a,b"}, {"values", {{"a", 0.1}, {"b", 0.2}}}});

  const auto draft = Ask("POST", "/scenarios/home/revisions", {{"source", "tunable=b"}});

  ASSERT_EQ(draft.status, 201);
  EXPECT_EQ(draft.body["revision"]["values"], json({{"b", 0.2}}));
  EXPECT_EQ(draft.body["dropped_values"], json({"a"}));
}

TEST_F(RevisionRoutesTest, Create_NothingToStartFrom_AsksForASource) {
  const auto draft = Ask("POST", "/scenarios/home/revisions", {{"values", json::object()}});

  EXPECT_EQ(draft.status, 400);
  EXPECT_EQ(draft.error()["field"], "source");
}

TEST_F(RevisionRoutesTest, Create_BadBodies_NameTheField) {
  const auto field = [&](const std::string& body) {
    const auto answer = AskText("POST", "/scenarios/home/revisions", body);
    EXPECT_EQ(answer.status, 400) << answer.body;
    return answer.error().value("field", "");
  };

  EXPECT_EQ(field(R"({"source": 3})"), "source");
  EXPECT_EQ(field(R"({"source": "x", "values": {"a": "b"}})"), "values.a");
  EXPECT_EQ(field(R"({"source": "x", "rules": {}})"), "rules");
  EXPECT_EQ(field(R"({"sorce": "x", "source": "x"})"), "sorce");
  EXPECT_EQ(field(R"({"source": "x", "base": -1})"), "base");
  EXPECT_EQ(field("[]"), "");
  EXPECT_EQ(field("{"), "");
  EXPECT_EQ(field(std::string(100'000, '[')), "");
  EXPECT_EQ(field(R"({"rules": )" + std::string(100, '[') + std::string(100, ']') + "}"), "");
}

TEST_F(RevisionRoutesTest, Validate_ScriptThatDoesNotCompile_IsRefusedWithFileAndLine) {
  Ask("POST", "/scenarios/home/revisions", {{"source", "broken"}});

  const auto valid = Ask("POST", "/scenarios/home/revisions/1/validate");
  const auto published = Ask("POST", "/scenarios/home/revisions/1/publish");

  EXPECT_EQ(valid.status, 400);
  EXPECT_EQ(valid.error()["message"], "home.lua:1: broken");
  EXPECT_EQ(published.status, 400);
}

TEST_F(RevisionRoutesTest, Publish_LostRace_Is409AndNamesWhatIsInForce) {
  Publish("home", {{"source", "one"}});
  Ask("POST", "/scenarios/home/revisions", {{"source", "mine"}});
  Publish("home", {{"source", "theirs"}});
  Ask("POST", "/scenarios/home/revisions/2/validate");

  const auto published = Ask("POST", "/scenarios/home/revisions/2/publish");

  EXPECT_EQ(published.status, 409);
  EXPECT_THAT(published.error()["message"].get<std::string>(), HasSubstr("home@3 is in force"));
}

TEST_F(RevisionRoutesTest, Rollback_ToAnEarlierOne_PutsItBack) {
  Publish("home", {{"source", "one"}});
  Publish("home", {{"source", "two"}});

  const auto lost = Ask("POST", "/scenarios/home/rollback", {{"number", 1}, {"expected", 7}});
  const auto back =
      Ask("POST", "/scenarios/home/rollback", {{"number", 1}, {"expected", 2}, {"comment", "too loud"}});

  EXPECT_EQ(lost.status, 409);
  EXPECT_EQ(back.status, 200) << back.body;
  EXPECT_EQ(Ask("GET", "/scenarios/home").body["in_force"]["id"], "home@1");
  EXPECT_EQ(Ask("GET", "/audit?limit=1").body["entries"][0]["comment"], "too loud");
  EXPECT_EQ(Ask("POST", "/scenarios/home/rollback", {{"number", 1}}).error()["field"], "expected");
}

TEST_F(RevisionRoutesTest, Retire_WithTheNumberInForce_LeavesNothing) {
  Publish("home", {{"source", "one"}});

  EXPECT_EQ(Ask("DELETE", "/scenarios/home").status, 400);
  EXPECT_EQ(Ask("DELETE", "/scenarios/home?expected=2").status, 409);
  EXPECT_EQ(Ask("DELETE", "/scenarios/home?expected=1").status, 200);

  EXPECT_TRUE(Ask("GET", "/scenarios/home").body["in_force"].is_null());
  EXPECT_EQ(Ask("DELETE", "/scenarios/none?expected=1").status, 404);
}

TEST_F(RevisionRoutesTest, Publish_WithTimes_IsPlannedAndCanBeCancelled) {
  Ask("POST", "/scenarios/home/revisions", {{"source", "one"}});
  Ask("POST", "/scenarios/home/revisions/1/validate");
  const std::string publish = "/scenarios/home/revisions/1/publish";

  const auto past = Ask("POST", publish, {{"publish_at", "2020-01-01T00:00:00Z"}});
  const auto seconds = Ask("POST", publish, {{"publish_at", 1'800'000'000}});
  const auto plan =
      Ask("POST", publish, {{"publish_at", "2026-12-01T00:00:00Z"}, {"revert_at", "2026-12-26T00:00:00Z"}});

  EXPECT_EQ(past.error()["field"], "publish_at");
  EXPECT_EQ(seconds.error()["field"], "publish_at");
  ASSERT_EQ(plan.status, 202) << plan.body;
  EXPECT_EQ(plan.body["state"], "planned");
  EXPECT_EQ(plan.body["revert_at"], "2026-12-26T00:00:00.000Z");
  EXPECT_EQ(Ask("GET", "/plans").body["plans"].size(), 1u);
  EXPECT_EQ(Ask("DELETE", "/plans/" + plan.body["id"].dump()).status, 200);
  EXPECT_EQ(Ask("DELETE", "/plans/" + plan.body["id"].dump()).status, 409);
  EXPECT_EQ(Ask("DELETE", "/plans/99").status, 404);
}

TEST_F(RevisionRoutesTest, Publish_NowUntilATime_IsInForceAndWillBeReverted) {
  Publish("home", {{"source", "one"}});
  Ask("POST", "/scenarios/home/revisions", {{"source", "two"}});
  Ask("POST", "/scenarios/home/revisions/2/validate");

  const auto plan =
      Ask("POST", "/scenarios/home/revisions/2/publish", {{"revert_at", "2026-12-26T00:00:00Z"}});

  ASSERT_EQ(plan.status, 202) << plan.body;
  EXPECT_EQ(plan.body["state"], "published");
  EXPECT_EQ(plan.body["reverts_to"], "home@1");
  EXPECT_EQ(Ask("GET", "/scenarios/home").body["in_force"]["id"], "home@2");
}

TEST_F(RevisionRoutesTest, History_Pages_AreNewestFirst) {
  for (int i = 0; i < 3; ++i) Ask("POST", "/scenarios/home/revisions", {{"source", "x"}});

  const auto first = Ask("GET", "/scenarios/home/revisions?limit=2");
  const auto rest = Ask("GET", "/scenarios/home/revisions?before=" + first.body["next_before"].dump());

  EXPECT_EQ(first.body["revisions"][0]["id"], "home@3");
  EXPECT_EQ(rest.body["revisions"].size(), 1u);
  EXPECT_FALSE(rest.body.contains("next_before"));
  EXPECT_EQ(Ask("GET", "/scenarios/home/revisions?limit=0").status, 400);
  EXPECT_EQ(Ask("GET", "/scenarios/home/revisions?limt=1").error()["hint"], "did you mean limit?");
  EXPECT_EQ(Ask("GET", "/scenarios/none/revisions").status, 404);
  EXPECT_EQ(Ask("GET", "/scenarios/home/revisions/99").status, 404);
  EXPECT_EQ(Ask("GET", "/scenarios/home/revisions/x").status, 404);
}

TEST_F(RevisionRoutesTest, Diff_TextValuesAndRules_AreApart) {
  Publish("home", {{"source", "a\ntunable=p,q\nb\n"},
                   {"values", {{"p", 0.1}}},
                   {"rules", {{{"rule", "pin"}}, {{"rule", "bury"}}}}});
  Ask("POST", "/scenarios/home/revisions",
      {{"source", "a\ntunable=p,q\nc\n"},
       {"values", {{"p", 0.2}, {"q", 1}}},
       {"rules", {{{"rule", "bury"}}, {{"rule", "dedupe"}}}}});

  const auto diff = Ask("GET", "/scenarios/home/diff?from=1&to=2");

  ASSERT_EQ(diff.status, 200);
  EXPECT_EQ(diff.body["source"], "--- home@1\n+++ home@2\n@@ -1,3 +1,3 @@\n a\n tunable=p,q\n-b\n+c\n");
  EXPECT_EQ(diff.body["values"],
            json::parse(R"([{"name":"p","from":0.1,"to":0.2},{"name":"q","from":null,"to":1}])"));
  EXPECT_EQ(diff.body["rules"], json::parse(R"([{"change":"added","index":1,"rule":{"rule":"dedupe"}},
                                               {"change":"removed","index":0,"rule":{"rule":"pin"}}])"));
  EXPECT_EQ(Ask("GET", "/scenarios/home/diff").body["to"], "home@2");
  EXPECT_EQ(Ask("GET", "/scenarios/home/diff?from=9").status, 404);
}

TEST_F(RevisionRoutesTest, Check_Content_KeepsNothing) {
  EXPECT_EQ(Ask("POST", "/scenarios/home/check", {{"source", "tunable=a"}}).body["tunables"].size(), 1u);
  EXPECT_EQ(Ask("POST", "/scenarios/home/check", {{"source", "broken"}}).status, 400);
  EXPECT_EQ(Ask("GET", "/scenarios/home").status, 404);
}

TEST_F(RevisionRoutesTest, SafeMode_OnAndOff_IsAudited) {
  EXPECT_EQ(Ask("PUT", "/safe-mode", {{"safe_mode", true}, {"comment", "fire"}}).status, 200);

  EXPECT_EQ(Ask("GET", "/safe-mode").body["safe_mode"], true);
  EXPECT_EQ(syncs_, 1);
  EXPECT_EQ(Ask("GET", "/audit").body["entries"][0]["action"], "safe_mode_on");
  EXPECT_EQ(Ask("PUT", "/safe-mode", json::object()).error()["field"], "safe_mode");
}

TEST_F(RevisionRoutesTest, EveryRoute_UnknownTenant_Is404) {
  const auto answer = Ask("GET", "/scenarios", nullptr, {{"X-Tenant-ID", "nobody"}});

  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.error()["code"], "unknown_tenant");
}

TEST_F(RevisionRoutesTest, EveryRoute_StoreAway_Is503) {
  store_.FailCalls(Error(Code::kUnavailable, "away"));

  EXPECT_EQ(Ask("GET", "/scenarios").status, 503);
  EXPECT_EQ(Ask("POST", "/scenarios/home/revisions", {{"source", "x"}}).status, 503);
}

TEST_F(RevisionRoutesTest, Nodes_Heartbeats_SayHowFarBehindTheyAre) {
  Publish("home", {{"source", "one"}});
  store_.Report({"a:1", "recommend", 0, 0, "home@1: no"});

  const auto nodes = Ask("GET", "/nodes");

  EXPECT_EQ(nodes.body["nodes"][0]["behind"], 1);
  EXPECT_EQ(nodes.body["nodes"][0]["problems"], "home@1: no");
}

}  // namespace
}  // namespace signalbox::admin
