#include <thread>

#include <gmock/gmock.h>

#include "admin/admin_fixture.hpp"

namespace signalbox::admin {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;

using PreviewRoutesTest = AdminFixture;

std::vector<std::string> Shown(const json& visitors) {
  std::vector<std::string> shown;
  for (const auto& visitor : visitors) shown.push_back(visitor["visitor"]);
  return shown;
}

TEST_F(PreviewRoutesTest, Preview_DraftBesideThePublished_ShowsBothListsAndRanksMoved) {
  Publish("home", {{"source", "items=a,b,c"}});

  const auto preview = Ask("POST", "/preview",
                           {{"scenario", "home"},
                            {"source", "items=c,a,d"},
                            {"visitors", {{{"user_id", "anna"}}, {{"items", {"a", "b"}}}}}});

  ASSERT_EQ(preview.status, 200) << preview.body;
  EXPECT_EQ(preview.body["published"], "home@1");
  EXPECT_TRUE(preview.body["draft"].is_null());
  EXPECT_THAT(Shown(preview.body["visitors"]), ElementsAre("user anna", "2 items"));
  const json& draft = preview.body["visitors"][0]["draft"]["items"];
  EXPECT_EQ(draft[0]["item_id"], "c");
  EXPECT_EQ(draft[0]["published_rank"], 3);
  EXPECT_TRUE(draft[2]["published_rank"].is_null());
  EXPECT_EQ(preview.body["visitors"][0]["published"]["items"][1]["draft_rank"], nullptr);
  EXPECT_NEAR(preview.body["summary"]["changed_top_10"].get<double>(), 1.0 / 3, 1e-9);
  EXPECT_EQ(preview.body["summary"]["draft"]["distinct_items"], 3);
  EXPECT_NEAR(preview.body["summary"]["draft"]["coverage"].get<double>(), 3.0 / 4, 1e-9);
}

TEST_F(PreviewRoutesTest, Preview_ByNumber_UsesThatRevision) {
  Publish("home", {{"source", "items=a"}});
  Ask("POST", "/scenarios/home/revisions", {{"source", "items=b"}});

  const auto preview =
      Ask("POST", "/preview", {{"scenario", "home"}, {"number", 2}, {"visitors", {{{"user_id", "anna"}}}}});

  EXPECT_EQ(preview.body["draft"], "home@2");
  EXPECT_EQ(preview.body["visitors"][0]["draft"]["items"][0]["item_id"], "b");
}

TEST_F(PreviewRoutesTest, Preview_NothingInForce_ComparesWithWhatVisitorsGet) {
  const auto preview =
      Ask("POST", "/preview",
          {{"scenario", "home"}, {"source", "items=a"}, {"visitors", {{{"user_id", "anna"}}}}});

  ASSERT_EQ(preview.status, 200) << preview.body;
  EXPECT_TRUE(preview.body["published"].is_null());
  EXPECT_EQ(preview.body["visitors"][0]["published"]["items"][0]["item_id"], "x");
}

TEST_F(PreviewRoutesTest, Preview_Sampled_AreTheNewestVisitorsWithoutTheForgotten) {
  Publish("home", {{"source", "items=a"}});
  Append("old", "a");
  Append("gone", "a");
  Append("anna", "b");
  Append("gone", "", model::RecordKind::kForget);
  Append("ben", "c");
  Append("anna", "d");

  const auto preview = Ask("POST", "/preview", {{"scenario", "home"}, {"sample", 2}});
  const auto all = Ask("POST", "/preview", {{"scenario", "home"}});

  EXPECT_THAT(Shown(preview.body["visitors"]), ElementsAre("user anna", "user ben"));
  EXPECT_THAT(Shown(all.body["visitors"]), ElementsAre("user anna", "user ben", "user old"));
}

TEST_F(PreviewRoutesTest, Preview_WhatIsWrong_IsNamed) {
  Publish("home", {{"source", "items=a"}});

  EXPECT_EQ(Ask("POST", "/preview", json::object()).error()["field"], "scenario");
  EXPECT_EQ(Ask("POST", "/preview", {{"scenario", "home"}, {"source", "broken"}}).error()["message"],
            "home.lua:1: broken");
  EXPECT_EQ(Ask("POST", "/preview", {{"scenario", "home"}, {"number", 9}}).status, 404);
  EXPECT_EQ(Ask("POST", "/preview", {{"scenario", "home"}, {"visitors", {{{"usr", 1}}}}}).error()["field"],
            "visitors[0].usr");
  EXPECT_EQ(Ask("POST", "/preview", {{"scenario", "home"}, {"sample", 1000}}).error()["field"], "sample");
}

TEST_F(PreviewRoutesTest, Impact_Rule_CountsListsAndItems) {
  Publish("home", {{"source", "items=a,b"}});
  Append("anna", "a");

  const auto impact = Ask("POST", "/impact", {{"scenario", "home"}, {"rule", {{"rule", "pin"}}}});

  ASSERT_EQ(impact.status, 200) << impact.body;
  EXPECT_EQ(impact.body["lists"], 1);
  EXPECT_EQ(impact.body["lists_touched"], 0);
  EXPECT_EQ(impact.body["items_removed"], 0);
  EXPECT_EQ(Ask("POST", "/impact", {{"scenario", "home"}}).error()["field"], "rule");
}

class BacktestRoutesTest : public AdminFixture {
 protected:
  json WaitFor(const std::string& state) {
    for (int i = 0; i < 100'000; ++i) {
      const auto job = Ask("GET", "/backtests/1");
      if (job.body["state"] == state) return job.body;
      std::this_thread::yield();
    }
    return nullptr;
  }
};

TEST_F(BacktestRoutesTest, Backtest_Started_EndsWithTheReport) {
  Publish("home", {{"source", "items=a"}});

  const auto started = Ask("POST", "/backtests", {{"scenario", "home"}, {"source", "items=b"}, {"days", 3}});
  const json done = WaitFor("done");

  ASSERT_EQ(started.status, 202) << started.body;
  EXPECT_EQ(done["report"]["draft"]["hit_rate"]["value"], 0.5);
  EXPECT_EQ(done["report"]["published"]["hit_rate"]["interval"], json({0.2, 0.3}));
  EXPECT_EQ(backtester_.asked.days, 3);
  EXPECT_EQ(backtester_.asked.published.number, 1u);
  EXPECT_EQ(Ask("GET", "/backtests").body["backtests"].size(), 1u);
}

TEST_F(BacktestRoutesTest, Backtest_WhileOneRuns_IsAConflictUntilItIsCancelled) {
  Publish("home", {{"source", "items=a"}});
  backtester_.waits = true;
  Ask("POST", "/backtests", {{"scenario", "home"}});

  EXPECT_EQ(Ask("POST", "/backtests", {{"scenario", "home"}}).status, 409);
  EXPECT_EQ(Ask("DELETE", "/backtests/1").status, 202);

  EXPECT_FALSE(WaitFor("cancelled").is_null());
  backtester_.waits = false;
  EXPECT_EQ(Ask("POST", "/backtests", {{"scenario", "home"}}).status, 202);
  EXPECT_EQ(Ask("GET", "/backtests/7").status, 404);
}

}  // namespace
}  // namespace signalbox::admin
