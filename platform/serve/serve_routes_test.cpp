// The routes through a router, as clients see them.
#include "serve/serve_routes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "ports/fakes/memory_message_topic.hpp"
#include "serve/serve_testing.hpp"

namespace signalbox::serve {
namespace {

using ::testing::ElementsAre;
using Json = nlohmann::json;

class ServeRoutesTest : public ::testing::Test {
 protected:
  ServeRoutesTest() {
    for (const char* id : {"a", "b", "c"})
      world_.Post(id, {{"price", 9.5}, {"title", std::string("Tent \"") + id + "\""}});
    world_.signals.Add("co", "collaborative").proposes = {{"a", 3}, {"b", 2}, {"c", 1}};
    world_.signals.Add("pop", "popularity").proposes = {{"c", 9}, {"b", 5}, {"a", 1}};
    world_.Script("default", "candidates { co = 10 } function weights() return { co = 1 } end");
    ServeDeps deps;
    deps.service = &world_.Start();
    deps.tenants = [this](std::string_view name) {
      return name == "default" ? world_.tenant.get() : nullptr;
    };
    deps.applier = &applier_;
    deps.recent = &writes_;
    deps.metrics = &world_.metrics;
    deps.exposures = &exposures_;
    deps.clock = &exposure_clock_;
    RegisterServeRoutes(router_, std::move(deps));
  }

  using Query = std::vector<std::pair<std::string, std::string>>;
  ports::HttpResponse Send(const std::string& method, const std::string& path, Query query,
                           std::string body = {}) {
    ports::HttpRequest request;
    request.method = method;
    request.path = path;
    request.query = std::move(query);
    request.body = std::move(body);
    ports::HttpResponse answer;
    router_.Dispatch(std::move(request),
                     ports::Responder([&](ports::HttpResponse response) { answer = std::move(response); }));
    return answer;
  }
  Json Get(const std::string& path, Query query = {}) {
    return Json::parse(Send("GET", path, std::move(query)).body);
  }
  static std::vector<std::string> Ids(const Json& answer) {
    std::vector<std::string> ids;
    for (const auto& entry : answer["recommendations"]) ids.push_back(entry["item_id"]);
    return ids;
  }

  FakeApplier applier_;
  FakeWrites writes_;
  ServeWorld world_;
  ports::fakes::MemoryMessageTopic exposures_;
  const ManualClock exposure_clock_{1'793'524'200'000};
  ports::Router router_;
};

TEST_F(ServeRoutesTest, Answers_AreToldAsExposuresOfTheirVisitor) {
  const Json answer = Get("/recommendations", {{"user_id", "anna"}, {"session_id", "s1"}, {"count", "2"}});
  Get("/popular", {{"count", "1"}});
  Send("GET", "/recommendations", {{"count", "0"}});
  Send("GET", "/explain", {{"item_id", "a"}});

  const auto told = exposures_.messages();

  ASSERT_EQ(told.size(), 2u);
  EXPECT_EQ(told[0].key, std::string("default\0anna", 12));
  EXPECT_EQ(*told[0].value,
            R"({"recommendation_id":")" + answer["recommendation_id"].get<std::string>() +
                R"(","tenant":"default","user_id":"anna","session_id":"s1","scenario":"default",)"
                R"("revision":"default@1","served_at":"2026-11-01T09:10:00.000Z","items":[)"
                R"({"item_id":"a","position":1,"score":1,"reason":"co"},)"
                R"({"item_id":"b","position":2,"score":0.5,"reason":"co"}]})");
  EXPECT_EQ(Json::parse(*told[1].value)["scenario"], "popular");
}

TEST_F(ServeRoutesTest, Answers_NobodyTakesExposures_AreGivenAllTheSame) {
  exposures_.Fail(Error(Code::kUnavailable, "away"));

  EXPECT_EQ(Send("GET", "/recommendations", {{"user_id", "anna"}}).status, 200);
}

TEST_F(ServeRoutesTest, GetRecommendations_Plain_HasTheShapeOfTheContract) {
  const auto response =
      Send("GET", "/recommendations", {{"user_id", ""}, {"count", "2"}, {"scenario", "default"}});

  EXPECT_EQ(response.status, 200);
  Json answer = Json::parse(response.body);
  EXPECT_EQ(answer["recommendation_id"].get<std::string>().size(), 32u);
  answer.erase("recommendation_id");
  EXPECT_EQ(answer.dump(),
            R"({"experiments":[],"recommendations":[{"item_id":"a","reason":"co","score":1},)"
            R"({"item_id":"b","reason":"co","score":0.5}],"revision":"default@1","scenario":"default"})");
}

TEST_F(ServeRoutesTest, GetRecommendations_AttributesAndExplain_AreAdded) {
  const Json answer = Get("/recommendations", {{"count", "1"}, {"attributes", "true"}, {"explain", "1"}});

  const Json& first = answer["recommendations"][0];
  EXPECT_EQ(first["attributes"]["price"], 9.5);
  EXPECT_EQ(first["attributes"]["title"], "Tent \"a\"");
  EXPECT_EQ(first["attributes"]["created_at"], "2023-08-09T13:00:00.000Z");
  EXPECT_EQ(first["explain"]["signals"][0]["signal"], "co");
  EXPECT_EQ(first["explain"]["signals"][0]["raw"], 3);
  EXPECT_EQ(first["explain"]["signals"][0]["contribution"], 1);
  EXPECT_EQ(first["explain"]["rules"], Json::array());
}

TEST_F(ServeRoutesTest, PostRecommendations_SameFieldsAsJson_Works) {
  const auto response = Send("POST", "/recommendations", {},
                             R"({"items": ["a"], "exclude": ["b", 7], "count": 2, "explain": false})");

  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_THAT(Ids(Json::parse(response.body)), ElementsAre("a", "c"));
  EXPECT_THAT(world_.signals.seen.history, ElementsAre("a"));
}

TEST_F(ServeRoutesTest, Recommendations_RepeatedListParameters_AreLists) {
  Get("/recommendations", {{"items", "b"}, {"items", "a"}});

  EXPECT_THAT(world_.signals.seen.history, ElementsAre("b", "a"));
}

TEST_F(ServeRoutesTest, Recommendations_WrongInput_NamesFieldAndHint) {
  const auto error = [&](Query query) {
    const auto response = Send("GET", "/recommendations", std::move(query));
    EXPECT_EQ(response.status, 400);
    return Json::parse(response.body)["error"];
  };

  EXPECT_EQ(error({{"cuont", "1"}})["hint"], "did you mean 'count'?");
  EXPECT_EQ(error({{"count", "0"}})["field"], "count");
  EXPECT_EQ(error({{"count", "5x"}})["message"], "count must be a whole number from 1 to 100");
  EXPECT_EQ(error({{"count", "1"}, {"count", "2"}})["message"], "count is given twice");
  EXPECT_EQ(error({{"explain", "yes"}})["field"], "explain");
  EXPECT_EQ(error({{"user_id", std::string(257, 'x')}})["field"], "user_id");
  EXPECT_EQ(error({{"user_id", "a\nb"}})["field"], "user_id");
  EXPECT_EQ(error({{"item_id", "\xff"}})["message"], "item_id must be UTF-8");
  EXPECT_EQ(error({{"scenario", "nowhere"}})["field"], "scenario");
  EXPECT_EQ(error({{"after", "x"}})["field"], "after");
}

TEST_F(ServeRoutesTest, PostRecommendations_HostileBodies_AreRefused) {
  const auto status = [&](std::string body) {
    return Send("POST", "/recommendations", {}, std::move(body)).status;
  };

  EXPECT_EQ(status(""), 400);
  EXPECT_EQ(status("[]"), 400);
  EXPECT_EQ(status("{"), 400);
  EXPECT_EQ(status(R"({"count": 1.5})"), 400);
  EXPECT_EQ(status(R"({"user_id": {"a": 1}})"), 400);
  EXPECT_EQ(status(R"({"user_id": ["a"]})"), 400);
  EXPECT_EQ(status(R"({"count": 1, "count": 2})"), 400);
  EXPECT_EQ(status("{\"items\":" + std::string(10'000, '[')), 400);
  EXPECT_EQ(status("{\"items\":" + std::string(40, '[') + std::string(40, ']') + "}"), 400);
  EXPECT_EQ(status(R"({"user_id": ")" + std::string(70'000, 'x') + R"("})"), 400);
  EXPECT_EQ(status(R"({"user_id": ")" + std::string(530'000, 'x') + R"("})"), 413);
  EXPECT_EQ(status(R"({"user_id": 18446744073709551616})"), 400);
}

TEST_F(ServeRoutesTest, PostRecommendations_WrongJsonType_IsRefusedByName) {
  const auto field = [&](std::string body) {
    const auto response = Send("POST", "/recommendations", {}, std::move(body));
    EXPECT_EQ(response.status, 400);
    return Json::parse(response.body)["error"].value("field", "");
  };

  EXPECT_EQ(field(R"({"user_id": true})"), "user_id");
  EXPECT_EQ(field(R"({"count": "5"})"), "count");
  EXPECT_EQ(field(R"({"explain": 1})"), "explain");
  EXPECT_EQ(field(R"({"items": ["a", null]})"), "items");
  EXPECT_EQ(field(R"({"exclude": [""]})"), "exclude");
  EXPECT_EQ(Send("POST", "/recommendations", {}, R"({"user_id": null, "count": null})").status, 200);
}

TEST_F(ServeRoutesTest, PostRecommendations_AThousandLongIds_AreTaken) {
  Json body = {{"exclude", Json::array()}, {"items", Json::array()}};
  for (int i = 0; i < 1000; ++i) {
    const std::string id = std::to_string(i) + std::string(252, 'x');
    body["exclude"].push_back(id);
    body["items"].push_back(id);
  }

  EXPECT_EQ(Send("POST", "/recommendations", {}, body.dump()).status, 200);
  body["exclude"].push_back("one more");
  EXPECT_EQ(Send("POST", "/recommendations", {}, body.dump()).status, 400);
}

TEST_F(ServeRoutesTest, AnyRoute_WrongInput_HasAHintThatFits) {
  const auto hint = [&](const ports::HttpResponse& response) {
    return Json::parse(response.body)["error"].value("hint", "");
  };

  EXPECT_EQ(hint(Send("GET", "/recommendations", {{"count", "0"}})), "leave it out for the default");
  EXPECT_EQ(hint(Send("GET", "/recommendations", {{"attributes", "x"}})), "leave it out for false");
  EXPECT_EQ(hint(Send("GET", "/trending", {{"window_days", "0"}})), "leave it out for the default");
  EXPECT_EQ(hint(Send("GET", "/popular", {{"zzzzzzzz", "1"}})),
            "known are category, count, exclude, attributes, explain, filter");
  EXPECT_EQ(hint(Send("GET", "/users/u/history", {{"count", "1"}})), "this request takes none");
  EXPECT_EQ(hint(Send("POST", "/recommendations", {}, "[]")),
            R"(send an object such as {"user_id": "ada", "count": 5})");
  EXPECT_EQ(hint(Send("POST", "/recommendations", {}, "{")),
            R"(send an object such as {"user_id": "ada", "count": 5})");
  const auto nameless = Json::parse(Send("GET", "/recommendations", {{"", "x"}}).body)["error"];
  EXPECT_EQ(nameless["message"], "a parameter without a name");
}

TEST_F(ServeRoutesTest, AnyRoute_TenantHeader_UnknownIsNamedAndEmptyIsTheDefault) {
  const auto get = [&](const std::string& path, const std::string& tenant) {
    ports::HttpRequest request;
    request.method = "GET";
    request.path = path;
    request.headers = {{"x-tenant-id", tenant}};
    ports::HttpResponse answer;
    router_.Dispatch(std::move(request),
                     ports::Responder([&](ports::HttpResponse response) { answer = std::move(response); }));
    return answer;
  };

  for (const char* path : {"/recommendations", "/popular", "/trending", "/similar/a", "/users/u/history"}) {
    const auto unknown = get(path, "nobody");
    EXPECT_EQ(unknown.status, 404);
    EXPECT_EQ(Json::parse(unknown.body)["error"]["code"], "unknown_tenant");
    EXPECT_EQ(get(path, "").status, 200);
  }
}

TEST_F(ServeRoutesTest, Popular_Plain_IsTheFamilyPopularity) {
  const Json answer = Get("/popular", {{"count", "2"}});

  EXPECT_THAT(Ids(answer), ElementsAre("c", "b"));
  EXPECT_EQ(answer["scenario"], "popular");
  EXPECT_EQ(Ids(Get("/popular")).size(), 3u);
}

TEST_F(ServeRoutesTest, Trending_Plain_LooksBackSevenDays) {
  EXPECT_THAT(Ids(Get("/trending")), ElementsAre("c", "b", "a"));
  EXPECT_EQ(world_.signals.seen.window_days, 7u);

  Get("/trending", {{"window_days", "2"}});
  EXPECT_EQ(world_.signals.seen.window_days, 2u);
  EXPECT_EQ(Send("GET", "/trending", {{"window_days", "0"}}).status, 400);
}

TEST_F(ServeRoutesTest, Similar_Item_IsHistoryAndContext) {
  const Json answer = Get("/similar/a");

  EXPECT_THAT(Ids(answer), ElementsAre("b", "c"));
  EXPECT_THAT(world_.signals.seen.history, ElementsAre("a"));
  EXPECT_EQ(world_.signals.seen.context, "a");
  EXPECT_EQ(Send("GET", "/similar/nothing", {}).status, 404);
}

TEST_F(ServeRoutesTest, Recommendations_SimilarWithoutItem_NamesItemId) {
  const auto response = Send("GET", "/recommendations", {{"scenario", "similar"}});

  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(Json::parse(response.body)["error"]["field"], "item_id");
}

TEST_F(ServeRoutesTest, History_OwnWriteNotAppliedYet_IsWaitedFor) {
  Send("GET", "/users/u/history", {});
  EXPECT_TRUE(applier_.waited.empty());
  model::LogRecord record;
  record.user = "u";
  writes_.Note(model::PartitionKey(record), {0, 7});

  Send("GET", "/users/u/history", {});

  EXPECT_THAT(applier_.waited, ElementsAre(7));
}

TEST_F(ServeRoutesTest, Recommendations_OwnWriteNotAppliedInTime_SaysStale) {
  model::LogRecord record;
  record.user = "u";
  writes_.Note(model::PartitionKey(record), {0, 7});

  EXPECT_EQ(Get("/recommendations", {{"user_id", "u"}})["stale"], true);
  EXPECT_THAT(applier_.waited, ElementsAre(7));
  EXPECT_FALSE(Get("/recommendations", {{"user_id", "other"}}).contains("stale"));
}

TEST_F(ServeRoutesTest, Recommendations_NoRoomToWaitIn_SaysStaleAtOnce) {
  class Full final : public ports::AnswerSink {
   public:
    void Send(ports::HttpResponse response) override { body = response.body; }
    bool RunBlocking(std::function<void()>) override { return false; }
    std::string body;
  };
  model::LogRecord record;
  record.user = "u";
  writes_.Note(model::PartitionKey(record), {0, 7});
  ports::HttpRequest request;
  request.method = "GET";
  request.path = "/recommendations";
  request.query = {{"user_id", "u"}};
  const auto sink = std::make_shared<Full>();

  router_.Dispatch(std::move(request), ports::Responder(sink));

  EXPECT_EQ(Json::parse(sink->body)["stale"], true);
  EXPECT_TRUE(applier_.waited.empty());
}

TEST_F(ServeRoutesTest, History_NewestFirst_WithTimestamps) {
  world_.Event("u", "a", "view", ServeWorld::kNowMs - 1500);
  world_.Event("u", "b", "purchase", ServeWorld::kNowMs);

  EXPECT_EQ(Send("GET", "/users/u/history", {}).body,
            R"({"history":[{"item_id":"b","event_type":"purchase","timestamp":"2023-11-17T13:00:00.000Z"},)"
            R"({"item_id":"a","event_type":"view","timestamp":"2023-11-17T12:59:58.500Z"}]})");
  EXPECT_EQ(Send("GET", "/users/nobody/history", {}).body, R"({"history":[]})");
}

TEST_F(ServeRoutesTest, Recommendations_RequestValues_AreReadFromQueryAndBody) {
  world_.Script("aware", R"(
    tunable("limit", 3, { min = 0, max = 10, request = true })
    candidates { co = 10 }
    function weights() return { co = 1 } end
    filter("who", function(item, ctx)
      return item.id == "b" and ctx.request.device == "phone" and ctx.request.visits == 7
             and ctx.user_attributes.gold == true and tune.limit == 4
    end))");
  world_.Start();
  ServeDeps deps;
  deps.service = world_.service.get();
  deps.tenants = [this](std::string_view) { return world_.tenant.get(); };
  ports::Router router;
  RegisterServeRoutes(router, std::move(deps));
  std::swap(router_, router);

  const auto got = Get("/recommendations", {{"scenario", "aware"},
                                            {"context.device", "phone"},
                                            {"context.visits", "7"},
                                            {"user.gold", "true"},
                                            {"tunables", "limit:4"}});
  const auto posted =
      Json::parse(Send("POST", "/recommendations", {},
                       R"({"scenario": "aware", "context": {"device": "phone", "visits": 7, "none": null},
               "user": {"gold": true}, "tunables": {"limit": 4}})")
                      .body);

  EXPECT_THAT(Ids(got), ElementsAre("b"));
  EXPECT_THAT(Ids(posted), ElementsAre("b"));
}

TEST_F(ServeRoutesTest, Recommendations_BadRequestValues_NameTheField) {
  const auto field = [&](Query query) {
    const auto response = Send("GET", "/recommendations", std::move(query));
    EXPECT_EQ(response.status, 400) << response.body;
    const Json error = Json::parse(response.body)["error"];
    EXPECT_FALSE(error.value("hint", "").empty()) << response.body;
    return error.value("field", "");
  };
  EXPECT_EQ(field({{"context", "phone"}}), "context");
  EXPECT_EQ(field({{"context.a b", "phone"}}), "context.a b");
  EXPECT_EQ(field({{"user.name", "a\nb"}}), "user.name");
  EXPECT_EQ(field({{"tunables", "limit"}}), "tunables");
  EXPECT_EQ(field({{"tunables.limit", "x"}}), "tunables.limit");
  EXPECT_EQ(field({{"tunables.limit", "1"}}), "tunables.limit");
  EXPECT_EQ(field({{"filter", "item.price <"}}), "filter");
  EXPECT_EQ(field({{"filter", std::string(5000, ' ')}}), "filter");

  const auto posted = Send("POST", "/recommendations", {}, R"({"context": {"list": [1]}})");
  EXPECT_EQ(Json::parse(posted.body)["error"]["field"], "context.list");
  EXPECT_EQ(Json::parse(Send("POST", "/recommendations", {}, R"({"user": 5})").body)["error"]["field"],
            "user");
}

TEST_F(ServeRoutesTest, Explain_RecommendedOrNot_SaysWhy) {
  const Json yes = Get("/explain", {{"item_id", "b"}, {"user_id", "u"}, {"scenario", "default"}});
  const Json no = Get("/explain", {{"item_id", "c"}, {"count", "2"}});
  const Json excluded = Get("/explain", {{"item_id", "c"}, {"exclude", "c"}});

  EXPECT_EQ(yes["recommended"], true);
  EXPECT_EQ(yes["rank"], 2);
  EXPECT_EQ(yes["offered_by"], Json::array({"co"}));
  EXPECT_EQ(yes["signals"][0]["raw"], 2);
  EXPECT_EQ(yes["signals"][0]["contribution"], 0.5);
  EXPECT_EQ(yes["dropped_by"], nullptr);
  EXPECT_EQ(yes["why"], "It is recommended, at place 2.");
  EXPECT_EQ(no["recommended"], false);
  EXPECT_EQ(no["rank"], nullptr);
  EXPECT_EQ(no["blend_rank"], 3);
  EXPECT_EQ(no["dropped_by"], "count");
  EXPECT_EQ(excluded["dropped_by"], "exclude");
}

TEST_F(ServeRoutesTest, Explain_NoItemOrUnknown_IsRefused) {
  EXPECT_EQ(Send("GET", "/explain", {{"user_id", "u"}}).status, 400);
  EXPECT_EQ(Get("/explain", {{"user_id", "u"}})["error"]["field"], "item_id");
  EXPECT_EQ(Send("GET", "/explain", {{"item_id", "nothing"}}).status, 404);
}

}  // namespace
}  // namespace signalbox::serve
