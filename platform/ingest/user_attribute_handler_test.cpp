// Users' attributes over HTTP, and what merging and erasing do to them.
#include <nlohmann/json.hpp>

#include "ingest/ingest_fixture.hpp"

namespace signalbox::ingest {
namespace {

using nlohmann::json;

class UserAttributesRoute : public IngestFixture {
 protected:
  json Known(const std::string& user) {
    const auto answer = Ask("GET", "/users/" + user);
    return answer.status == 200 ? json::parse(answer.body) : json(answer.status);
  }
};

TEST_F(UserAttributesRoute, Put_ThenGet_GivesTheSameAndTellsFollowers) {
  const auto put = Ask("PUT", "/users/u%2F1",
                       R"({"tier":"gold","orders":3,"newsletter":true,"interests":["tents"],)"
                       R"("member_at":"2026-01-02T03:04:05Z"})");

  EXPECT_EQ(put.status, 200);
  EXPECT_EQ(put.body, R"({"status":"accepted","user_id":"u/1"})");
  EXPECT_EQ(Known("u%2F1"), json::parse(R"({"user_id":"u/1","tier":"gold","orders":3,"newsletter":true,)"
                                        R"("interests":["tents"],"member_at":"2026-01-02T03:04:05.000Z"})"));
  EXPECT_EQ(changes_.at("default"), 1u);
  EXPECT_TRUE(Records().empty());
}

TEST_F(UserAttributesRoute, Put_Again_Replaces) {
  Ask("PUT", "/users/u", R"({"tier":"gold","orders":3})");
  Ask("PUT", "/users/u", R"({"orders":4})");

  EXPECT_EQ(Known("u"), json::parse(R"({"user_id":"u","orders":4})"));
}

TEST_F(UserAttributesRoute, Patch_SetsErasesAndBegins) {
  EXPECT_EQ(Ask("PATCH", "/users/u", R"({"tier":"gold","orders":3})").status, 200);
  EXPECT_EQ(Ask("PATCH", "/users/u", R"({"tier":null,"orders":4})").status, 200);

  EXPECT_EQ(Known("u"), json::parse(R"({"user_id":"u","orders":4})"));
}

TEST_F(UserAttributesRoute, Put_Wrong_NamesTheFieldAndWritesNothing) {
  Ask("PUT", "/users/known", R"({"tier":"gold"})");
  const auto refused = [&](const std::string& body) {
    const auto answer = Ask("PUT", "/users/u", body);
    return std::to_string(answer.status) + " " + json::parse(answer.body)["error"].value("field", "");
  };

  EXPECT_EQ(refused(R"({"item_id":"x"})"), "400 item_id");
  EXPECT_EQ(refused(R"({"vectors":{"v":[1]}})"), "400 vectors");
  EXPECT_EQ(refused(R"({"user_id":"v"})"), "400 user_id");
  EXPECT_EQ(refused(R"({"tier":7})"), "400 tier");
  EXPECT_EQ(refused(R"({"9":7})"), "400 9");
  EXPECT_EQ(Ask("PUT", "/users/%0a", "{}").status, 400);
  EXPECT_EQ(Ask("PUT", "/users/u", "nonsense").status, 400);
  EXPECT_EQ(Known("u"), json(404));
}

TEST_F(UserAttributesRoute, Delete_ErasesThemBesideTheRecord) {
  Ask("PUT", "/users/u", R"({"tier":"gold"})");

  EXPECT_EQ(Ask("DELETE", "/users/u").status, 202);

  EXPECT_EQ(Known("u"), json(404));
  EXPECT_EQ(changes_.at("default"), 2u);
  EXPECT_EQ(Records().size(), 1u);
  EXPECT_EQ(Ask("DELETE", "/users/never").status, 202);
  EXPECT_EQ(changes_.at("default"), 2u);
}

TEST_F(UserAttributesRoute, Merge_FromUser_CarriesThem) {
  Ask("PUT", "/users/guest", R"({"tier":"none","country":"no"})");
  Ask("PUT", "/users/u", R"({"tier":"gold"})");

  EXPECT_EQ(Ask("POST", "/users/u/merge", R"({"from_user_id":"guest"})").status, 202);

  EXPECT_EQ(Known("u"), json::parse(R"({"user_id":"u","tier":"gold","country":"no"})"));
  EXPECT_EQ(Known("guest"), json(404));
}

TEST_F(UserAttributesRoute, DatabaseAway_Is503AndNothingIsRecorded) {
  catalogue_.FailCalls(Error(Code::kUnavailable, "/var/lib/control.db is away"));

  for (const char* method : {"PUT", "PATCH", "DELETE", "GET"}) {
    const auto answer = Ask(method, "/users/u", "{}");
    EXPECT_EQ(answer.status, 503) << method;
    EXPECT_EQ(answer.body.find("/var/lib"), std::string::npos) << answer.body;
  }
  EXPECT_TRUE(Records().empty());
}

}  // namespace
}  // namespace signalbox::ingest
