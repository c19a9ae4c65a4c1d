// The catalogue's routes on a store in memory.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "ingest/ingest_fixture.hpp"
#include "ingest/item_handler.hpp"
#include "ingest/item_reader.hpp"

namespace signalbox::ingest {
namespace {

nlohmann::json Json(const ports::HttpResponse& response) { return nlohmann::json::parse(response.body); }

using testing::HasSubstr;

class ItemsRoute : public IngestFixture {
 protected:
  nlohmann::json Post(const std::string& body) { return Json(Ask("POST", "/items", body)); }
  nlohmann::json Get(const std::string& id) { return Json(Ask("GET", "/items/" + id)); }
};

TEST_F(ItemsRoute, Post_ThenGet_GivesTheItemBack) {
  const auto item = nlohmann::json::parse(
      R"({"item_id":"tent-1","item_type":"item","title":"Zelt für 2","price":369.5,"stock":124,"hidden":false,)"
      R"("tags":["family","light"],"created_at":"2025-07-06T15:49:45.000Z","vectors":{"image":[0.5,-1.25]}})");

  const auto answer = Ask("POST", "/items", item.dump());

  EXPECT_EQ(answer.status, 202);
  EXPECT_EQ(Json(answer)["results"][0],
            (nlohmann::json{{"index", 0}, {"status", "accepted"}, {"item_id", "tent-1"}}));
  EXPECT_EQ(Get("tent-1"), item);
  EXPECT_EQ(changes_.at("default"), 1u);
}

TEST_F(ItemsRoute, Post_ListWrapperAndLines_AreTheSame) {
  Post(R"([{"item_id":"a"},{"item_id":1}])");
  Post(R"({"items":[{"item_id":"b"}]})");
  Ask("POST", "/items", "{\"item_id\":\"c\"}\n{\"item_id\":\"d\"}\n");

  for (const char* id : {"a", "1", "b", "c", "d"}) EXPECT_EQ(Get(id)["item_id"], id);
}

TEST_F(ItemsRoute, Post_SomeRefused_WritesTheOthers) {
  Post(R"({"item_id":"old","weight":5,"vectors":{"v":[1,2]}})");

  const auto results = Post(
      R"([{"item_id":"a","price":1},{"title":"no id"},{"item_id":"b","price":"cheap"},{"item_id":"c","weight":"heavy"},)"
      R"({"item_id":"d","vectors":{"v":[1]}},{"item_id":"e"}])")["results"];

  EXPECT_EQ(results[0]["status"], "accepted");
  EXPECT_EQ(results[1]["error"]["field"], "item_id");
  EXPECT_EQ(results[2]["error"]["field"], "price");
  EXPECT_EQ(results[3]["error"]["field"], "weight");  // found by the store
  EXPECT_THAT(results[3]["error"]["message"].get<std::string>(), testing::StartsWith("weight"));
  EXPECT_EQ(results[4]["error"]["field"], "vectors.v");
  EXPECT_EQ(results[5]["status"], "accepted");
  EXPECT_EQ(Get("a")["price"], 1);
  EXPECT_EQ(Get("e")["item_id"], "e");
  EXPECT_EQ(Ask("GET", "/items/c").status, 404);
}

TEST_F(ItemsRoute, Post_AllRefused_Is400) {
  EXPECT_EQ(Ask("POST", "/items", R"({"title":"x"})").status, 400);
}

TEST_F(ItemsRoute, Post_StoreAway_IsToBeRetried) {
  catalogue_.FailCalls(Error(Code::kUnavailable, "the disk is gone"));

  const auto answer = Ask("POST", "/items", R"({"item_id":"a"})");

  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(Json(answer)["results"][0]["status"], "retry");
  EXPECT_TRUE(changes_.empty());
}

TEST_F(ItemsRoute, Patch_SetsAndErases) {
  Post(R"({"item_id":"a","price":1,"brand":"x","vectors":{"v":[1,2]}})");

  const auto answer =
      Ask("PATCH", "/items/a", R"({"price":2,"brand":null,"colour":"red","vectors":{"v":null}})");

  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(Get("a"),
            (nlohmann::json{{"item_id", "a"}, {"item_type", "item"}, {"price", 2}, {"colour", "red"}}));
  EXPECT_EQ(changes_.at("default"), 2u);
}

TEST_F(ItemsRoute, Patch_UnknownItemOrOtherId_IsRefused) {
  Post(R"({"item_id":"a"})");

  EXPECT_EQ(Ask("PATCH", "/items/b", "{}").status, 404);
  EXPECT_EQ(Ask("PATCH", "/items/a", R"({"item_id":"b"})").status, 400);
  EXPECT_EQ(Ask("PATCH", "/items/a", R"({"item_type":"video"})").status, 400);
  EXPECT_EQ(Ask("PATCH", "/items/a", R"({"price":"x"})").status, 400);
  EXPECT_EQ(Ask("PATCH", "/items/a", "").status, 400);
  EXPECT_EQ(Ask("PATCH", "/items/a", R"({"item_id":"a","price":3})").status, 200);
}

TEST_F(ItemsRoute, Delete_OfAType_RemovesThatOneOnly) {
  Post(R"([{"item_id":"a"},{"item_id":"a","item_type":"video"}])");

  EXPECT_EQ(Ask("DELETE", "/items/a?item_type=video").status, 200);

  EXPECT_EQ(Ask("GET", "/items/a?item_type=video").status, 404);
  EXPECT_EQ(Ask("GET", "/items/a").status, 200);
  EXPECT_EQ(Ask("DELETE", "/items/a?item_type=video").status, 404);
}

TEST_F(ItemsRoute, Delete_OfAnItemThatOnlyEventsKnow_IsRecorded) {
  EXPECT_EQ(Ask("DELETE", "/items/seen").status, 200);

  EXPECT_EQ(changes_.at("default"), 1u);
  EXPECT_EQ(Ask("DELETE", "/items/seen").status, 404);
}

TEST_F(ItemsRoute, Patch_NullOfAVector_KeepsTheAttributeOfItsName) {
  Post(
      R"([{"item_id":"a","image":"a.png","vectors":{"image":[1]}},{"item_id":"b","image":"b.png","vectors":{"image":[1]}}])");

  Ask("PATCH", "/items/a", R"({"vectors":{"image":null}})");
  Ask("PATCH", "/items/b", R"({"image":null})");

  EXPECT_EQ(Get("a"), (nlohmann::json{{"item_id", "a"}, {"item_type", "item"}, {"image", "a.png"}}));
  EXPECT_EQ(Get("b"),
            (nlohmann::json{{"item_id", "b"}, {"item_type", "item"}, {"vectors", {{"image", {1}}}}}));
}

TEST_F(ItemsRoute, Post_NewNamesOverTheTenantsLimit_RefusesThoseItemsOnly) {
  std::string body = "[";
  for (int item = 0; item < 6; ++item) {  // 600 names, 100 to an item
    body += std::string(item == 0 ? "" : ",") + R"({"item_id":")" + std::to_string(item) + '"';
    for (int i = 0; i < 100; ++i) body += ",\"n" + std::to_string(item * 100 + i) + "\":1";
    body += '}';
  }

  const auto results = Post(body + "]")["results"];

  EXPECT_EQ(results[4]["status"], "accepted");
  EXPECT_EQ(results[5]["status"], "rejected");
  EXPECT_EQ(results[5]["error"]["field"], "n500");
}

TEST_F(ItemsRoute, UnknownOrRepeatedParameters_AreRefusedAndNothingIsDone) {
  Post(R"([{"item_id":"a"},{"item_id":"a","item_type":"article"}])");

  const auto unknown = Ask("DELETE", "/items/a?type=article");
  const auto twice = Ask("DELETE", "/items/a?item_type=article&item_type=item");

  EXPECT_EQ(unknown.status, 400);
  EXPECT_EQ(Json(unknown)["error"]["field"], "type");
  EXPECT_THAT(Json(unknown)["error"]["hint"].get<std::string>(), HasSubstr("item_type"));
  EXPECT_EQ(twice.status, 400);
  EXPECT_EQ(Json(twice)["error"]["field"], "item_type");
  EXPECT_EQ(Ask("PATCH", "/items/a?type=article", "{}").status, 400);
  EXPECT_EQ(Ask("GET", "/items/a?type=article").status, 400);
  EXPECT_EQ(Ask("GET", "/items?page=2").status, 400);
  EXPECT_EQ(Ask("POST", "/items?dry_run=true", R"({"item_id":"b"})").status, 400);
  EXPECT_EQ(Ask("GET", "/items/a").status, 200);
  EXPECT_EQ(Ask("GET", "/items/a?item_type=article").status, 200);
}

TEST_F(ItemsRoute, StorageFails_HidesTheServersFiles) {
  catalogue_.FailCalls(Error(Code::kUnavailable, "/var/lib/signalbox/catalogue.db: disk I/O error"));

  for (const auto& [method, path] :
       std::vector<std::pair<std::string, std::string>>{{"POST", "/items"},
                                                        {"GET", "/items"},
                                                        {"GET", "/items/a"},
                                                        {"PATCH", "/items/a"},
                                                        {"DELETE", "/items/a"}}) {
    const auto answer = Ask(method, path, R"({"item_id":"a"})");
    EXPECT_EQ(answer.status, 503) << method << path;
    EXPECT_EQ(answer.body.find("/var/lib"), std::string::npos) << answer.body;
  }
}

TEST_F(ItemsRoute, List_ByPages_GivesEachOnce) {
  Post(R"([{"item_id":"c"},{"item_id":"a"},{"item_id":"b"}])");

  const auto first = Json(Ask("GET", "/items?limit=2"));
  const auto rest = Json(Ask("GET", "/items?cursor=" + first["next_cursor"].get<std::string>()));

  EXPECT_EQ(first["items"].size(), 2u);
  EXPECT_EQ(first["items"][0]["item_id"], "a");
  EXPECT_EQ(rest["items"].size(), 1u);
  EXPECT_FALSE(rest.contains("next_cursor"));
  for (const char* bad : {"limit=0", "limit=1001", "limit=x", "limit=", "cursor=zz"}) {
    EXPECT_EQ(Ask("GET", std::string("/items?") + bad).status, 400) << bad;
  }
}

TEST_F(ItemsRoute, Items_OfOtherTenants_AreNotSeen) {
  Ask("POST", "/items", R"({"item_id":"a"})", {{"X-Tenant-ID", "shop"}});

  EXPECT_EQ(Ask("GET", "/items/a").status, 404);
  EXPECT_EQ(Ask("GET", "/items/a", "", {{"X-Tenant-ID", "shop"}}).status, 200);
}

constexpr int64_t kNowMs = 1'793'524'200'000;  // 2026-11-01T09:10:00Z

TEST(ReadItemTest, MistakenAttributes_AreNamed) {
  const auto fault = [](const std::string& members) {
    std::string json = R"({"item_id":"a",)" + members + "}";
    json.reserve(json.size() + 64);
    const auto item = ReadItem(json, kNowMs);
    return item ? std::string("ok") : item.error().field();
  };
  std::string many = "\"x\":1", list = "\"\"", numbers = "1";
  for (int i = 0; i < 100; ++i) many += ",\"x" + std::to_string(i) + "\":1";
  for (int i = 0; i < 100; ++i) list += ",\"\"";
  for (int i = 0; i < 4096; ++i) numbers += ",1";

  EXPECT_EQ(fault(R"("x":true,"Y_9":"text","sold_at":"2026-11-01T09:00:00Z")"), "ok");
  EXPECT_EQ(fault(R"("1x":1)"), "1x");
  EXPECT_EQ(fault(R"("a.b":1)"), "a.b");
  EXPECT_EQ(fault(R"("":1)"), "");
  EXPECT_EQ(fault("\"" + std::string(65, 'x') + "\":1"), std::string(64, 'x'));
  EXPECT_EQ(fault(R"("x":{"y":1})"), "x");
  EXPECT_EQ(fault(R"("x":[1])"), "x");
  EXPECT_EQ(fault(R"("x":1,"x":2)"), "x");
  EXPECT_EQ(fault(R"("x":null,"x":2)"), "x");
  EXPECT_EQ(fault(R"("x":1,"x":null)"), "x");
  EXPECT_EQ(fault(R"("item_type":null,"item_type":"video")"), "item_type");
  EXPECT_EQ(fault(R"("vectors":null,"vectors":{})"), "vectors");
  EXPECT_EQ(fault(R"("vectors":{"v":null,"v":[1]})"), "vectors.v");
  EXPECT_EQ(fault(R"("created_at":"2026-11-01T09:15:00Z")"), "ok");  // five minutes ahead
  EXPECT_EQ(fault(R"("created_at":"2026-11-01T09:15:00.001Z")"), "created_at");
  EXPECT_EQ(fault(R"("sold_at":"2999-01-01T00:00:00Z")"), "ok");
  EXPECT_EQ(fault(R"("item_id":"b")"), "item_id");
  EXPECT_EQ(fault(R"("sold_at":1793524200000)"), "sold_at");
  EXPECT_EQ(fault(R"("created_at":"today")"), "created_at");
  EXPECT_EQ(fault(R"("hidden":"yes")"), "hidden");
  EXPECT_EQ(fault(R"("x":")" + std::string(8193, 'a') + "\""), "x");
  EXPECT_EQ(fault(many), "x99");  // x and x0 to x98 are a hundred
  EXPECT_EQ(fault("\"x\":[" + list + "]"), "x");
  EXPECT_EQ(fault("\"vectors\":{\"v\":[" + numbers + "]}"), "vectors.v");
  EXPECT_EQ(fault(R"("vectors":{"v":[]})"), "vectors.v");
  EXPECT_EQ(fault(R"("vectors":{"v":[1e39]})"), "vectors.v");  // beyond 32-bit floats
  EXPECT_EQ(fault(R"("vectors":{"v":["1"]})"), "vectors.v");
  EXPECT_EQ(fault(R"("vectors":[1])"), "vectors");
}

}  // namespace
}  // namespace signalbox::ingest
