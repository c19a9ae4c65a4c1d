// Event in, answer out, over HTTP.
#include <cmath>

#include <gmock/gmock.h>

#include "flow_fixture.hpp"

namespace signalbox::flow {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

TEST_F(FlowTest, Recommendations_AfterAClick_FollowItInTheVeryNextResponse) {
  TeachShop();

  ASSERT_EQ(server_->Post("/events", Event("anna", "tent", "click")).status, 202);
  const auto camping = server_->Get("/recommendations?user_id=anna&count=2");
  ASSERT_EQ(server_->Post("/events", Event("anna", "sofa", "click")).status, 202);
  const auto both = server_->Get("/recommendations?user_id=anna&count=4");

  ASSERT_EQ(camping.status, 200) << camping.text;
  EXPECT_TRUE(Contains(Ids(camping.body), "stove")) << camping.text;
  EXPECT_TRUE(Contains(Ids(both.body), "lamp")) << both.text;
  EXPECT_FALSE(camping.body.contains("stale"));
}

TEST_F(FlowTest, Recommendations_UnknownVisitor_GetPopularItems) {
  TeachShop();

  const auto answer = server_->Get("/recommendations?user_id=stranger&count=3");

  ASSERT_EQ(answer.status, 200) << answer.text;
  EXPECT_THAT(Ids(answer.body), SizeIs(3));
  EXPECT_FALSE(answer.body["recommendation_id"].get<std::string>().empty());
}

TEST_F(FlowTest, Recommendations_EmptyShop_AnswerAnEmptyList) {
  const auto answer = server_->Get("/recommendations?user_id=anna");

  ASSERT_EQ(answer.status, 200) << answer.text;
  EXPECT_THAT(Ids(answer.body), IsEmpty());
}

TEST_F(FlowTest, Recommendations_HistoryInTheRequest_IsUsed) {
  TeachShop();

  const auto answer = server_->Get("/recommendations?items=tent&count=2");

  EXPECT_TRUE(Contains(Ids(answer.body), "stove")) << answer.text;
}

TEST_F(FlowTest, Recommendations_Explain_PartsAddUpToTheBlend) {
  TeachShop();
  server_->Post("/events", Event("anna", "tent"));

  const auto answer = server_->Get("/recommendations?user_id=anna&count=3&explain=true");

  ASSERT_EQ(answer.status, 200) << answer.text;
  for (const auto& entry : answer.body["recommendations"]) {
    ASSERT_TRUE(entry.contains("explain")) << answer.text;
    const auto& parts = entry["explain"]["signals"];
    ASSERT_THAT(parts, SizeIs(5)) << answer.text;
    for (const auto& part : parts) {
      const double normalised = part["normalised"].is_null() ? 0 : part["normalised"].get<double>();
      EXPECT_NEAR(part["contribution"].get<double>(), normalised * part["weight"].get<double>(), 1e-4);
    }
  }
}

TEST_F(FlowTest, Items_PostedHiddenAndDeleted_AreRecommendableOrGoneWithinASecond) {
  TeachShop();
  const json fresh = {
      {"item_id", "kettle"}, {"title", "Copper kettle"}, {"category", "kitchen"}, {"price", 49.5}};
  ASSERT_EQ(server_->Post("/items", fresh).status, 202);
  const auto in_category = [&] { return Ids(server_->Get("/popular?category=kitchen").body); };

  EXPECT_TRUE(WithinASecond([&] { return Contains(in_category(), "kettle"); }));

  ASSERT_EQ(server_->Send(server_->ingest_port(), "DELETE", "/items/kettle").status / 100, 2);
  EXPECT_TRUE(WithinASecond([&] { return !Contains(in_category(), "kettle"); }));
  EXPECT_EQ(server_->Get("/items/kettle").status, 404);
}

TEST_F(FlowTest, Items_Attributes_ComeBackWithRecommendations) {
  ASSERT_EQ(server_->Post("/items", {{"item_id", "tent"}, {"title", "Zelt für zwei"}, {"price", 199}}).status,
            202);
  TeachShop();
  const auto title = [&] {
    const auto answer = server_->Get("/recommendations?user_id=stranger&count=10&attributes=true");
    for (const auto& entry : answer.body["recommendations"]) {
      if (entry["item_id"] == "tent" && entry.contains("attributes")) {
        return entry["attributes"].value("title", "");
      }
    }
    return std::string();
  };

  EXPECT_TRUE(WithinASecond([&] { return title() == "Zelt für zwei"; }));
}

TEST_F(FlowTest, Similar_ItemLookedAtTogether_IsFirst) {
  TeachShop();

  const auto answer = server_->Get("/similar/tent?count=2");

  ASSERT_EQ(answer.status, 200) << answer.text;
  EXPECT_THAT(Ids(answer.body), ::testing::UnorderedElementsAre("stove", "mug"));
}

TEST_F(FlowTest, PopularAndTrending_MoreEvents_RankHigher) {
  TeachShop();
  json events = json::array();
  for (int i = 0; i < 5; ++i) events.push_back(Event("buyer" + std::to_string(i), "lamp", "purchase"));
  WaitUntilApplied(server_->Post("/events", events).body["results"].back()["position"]);

  const auto popular = server_->Get("/popular?count=1");
  const auto trending = server_->Get("/trending?window_days=7&count=1");

  EXPECT_THAT(Ids(popular.body), ElementsAre("lamp")) << popular.text;
  EXPECT_THAT(Ids(trending.body), ElementsAre("lamp")) << trending.text;
}

TEST_F(FlowTest, History_NewestFirst_WithTypesAndTimes) {
  server_->Post("/events", Event("anna", "tent"));
  WaitUntilApplied(server_->Post("/events", Event("anna", "mug", "CART")).body["results"][0]["position"]);

  const auto answer = server_->Get("/users/anna/history");

  ASSERT_EQ(answer.status, 200) << answer.text;
  ASSERT_THAT(answer.body["history"], SizeIs(2));
  EXPECT_EQ(answer.body["history"][0]["item_id"], "mug");
  EXPECT_EQ(answer.body["history"][0]["event_type"], "cart");
  EXPECT_THAT(answer.body["history"][0]["timestamp"].get<std::string>(), ::testing::EndsWith("Z"));
}

TEST_F(FlowTest, Merge_AnonymousPast_CountsForTheUser) {
  TeachShop();
  server_->Post("/events", {{"session_id", "s-1"}, {"item_id", "tent"}, {"event_type", "click"}});
  const auto merged = server_->Post("/users/anna/merge", {{"from_session_id", "s-1"}});
  ASSERT_EQ(merged.status, 202) << merged.text;

  const auto answer = server_->Get("/recommendations?user_id=anna&count=2");

  EXPECT_TRUE(Contains(Ids(answer.body), "stove")) << answer.text;
  EXPECT_THAT(server_->Get("/users/anna/history").body["history"], SizeIs(1));
}

TEST_F(FlowTest, DeleteUser_ErasesTheHistory) {
  server_->Post("/events", Event("anna", "tent"));
  const auto gone = server_->Send(server_->ingest_port(), "DELETE", "/users/anna");
  ASSERT_EQ(gone.status, 202) << gone.text;
  server_->Get("/recommendations?user_id=anna");  // waits for the visitor's own last record

  const auto answer = server_->Get("/users/anna/history");

  EXPECT_TRUE(answer.status == 404 || answer.body["history"].empty()) << answer.text;
}

TEST_F(FlowTest, Users_Attributes_ReachScriptsWithinASecondAndGoWithTheUser) {
  TeachShop();
  const std::string scenarios = "/admin/v1/scenarios/default/revisions";
  const auto draft = server_->Send(
      server_->admin_port(), "POST", scenarios,
      json{{"source",
            "candidates { popularity = 100 }\nfilter('gold sees the tent alone', function(item, ctx)"
            " return ctx.user_attributes.tier ~= 'gold' or item.id == 'tent' end)"}}
          .dump());
  ASSERT_EQ(draft.status, 201) << draft.text;
  ASSERT_EQ(server_->Send(server_->admin_port(), "POST", scenarios + "/2/validate", "{}").status, 200);
  ASSERT_EQ(server_->Send(server_->admin_port(), "POST", scenarios + "/2/publish", "{}").status, 200);
  const auto ids = [&](const std::string& query) {
    return Ids(server_->Get("/recommendations?" + query).body);
  };
  const std::vector<std::string> tent{"tent"};
  EXPECT_GT(ids("user_id=guest").size(), 1u);

  const auto put = server_->Send(server_->ingest_port(), "PUT", "/users/guest", R"({"tier": "gold"})");
  ASSERT_EQ(put.status, 200) << put.text;
  EXPECT_TRUE(WithinASecond([&] { return ids("user_id=guest") == tent; }));
  EXPECT_GT(ids("user_id=guest&user.tier=none").size(), 1u);
  EXPECT_EQ(server_->Post("/users/anna/merge", {{"from_user_id", "guest"}}).status, 202);
  EXPECT_TRUE(WithinASecond([&] { return ids("user_id=anna") == tent && ids("user_id=guest") == tent; }));
  EXPECT_EQ(server_->Get("/users/anna").body["tier"], "gold");
  EXPECT_EQ(server_->Send(server_->ingest_port(), "DELETE", "/users/anna").status, 202);

  EXPECT_TRUE(WithinASecond([&] { return ids("user_id=anna").size() > 1; }));
  EXPECT_EQ(server_->Get("/users/anna").status, 404);
}

TEST_F(FlowTest, Purchase_BoughtItem_IsNotRecommendedAgain) {
  TeachShop();
  server_->Post("/events", Event("anna", "tent"));
  server_->Post("/events", Event("anna", "stove", "purchase"));

  const auto answer = server_->Get("/recommendations?user_id=anna&count=10");

  EXPECT_FALSE(Contains(Ids(answer.body), "stove")) << answer.text;
  EXPECT_THAT(Ids(answer.body), Not(IsEmpty()));
}

TEST_F(FlowTest, Recommendations_BySessionAlone_KnowWhatItsUserDid) {
  TeachShop();
  json purchase = Event("anna", "stove", "purchase");
  purchase["session_id"] = "s-9";
  ASSERT_EQ(server_->Post("/events", purchase).status, 202);

  const auto answer = server_->Get("/recommendations?session_id=s-9&count=10");

  EXPECT_FALSE(Contains(Ids(answer.body), "stove")) << answer.text;
  EXPECT_THAT(Ids(answer.body), Not(IsEmpty()));
}

TEST_F(FlowTest, Events_RetriedWithTheirId_CountOnce) {
  auto event = Event("anna", "tent");
  event["event_id"] = "e-1";
  server_->Post("/events", event);
  const auto again = server_->Post("/events", event);
  ASSERT_EQ(again.status, 202);
  EXPECT_EQ(again.body["results"][0]["status"], "duplicate");
  server_->Get("/recommendations?user_id=anna");

  EXPECT_THAT(server_->Get("/users/anna/history").body["history"], SizeIs(1));
}

TEST_F(FlowTest, Events_OneBadInABatch_IsRejectedAloneByName) {
  const json batch = {
      Event("anna", "tent"), {{"user_id", "anna"}, {"event_type", "view"}}, Event("anna", "mug")};

  const auto answer = server_->Post("/events", batch);

  ASSERT_EQ(answer.status, 202) << answer.text;
  EXPECT_EQ(answer.body["results"][0]["status"], "accepted");
  EXPECT_EQ(answer.body["results"][1]["status"], "rejected");
  EXPECT_NE(answer.body["results"][1]["error"].dump().find("item_id"), std::string::npos);
  EXPECT_EQ(answer.body["results"][2]["status"], "accepted");
}

}  // namespace
}  // namespace signalbox::flow
