// Merge and forget become records of the log.
#include <nlohmann/json.hpp>

#include "ingest/ingest_fixture.hpp"

namespace signalbox::ingest {
namespace {

nlohmann::json Json(const ports::HttpResponse& response) { return nlohmann::json::parse(response.body); }

class UsersRoute : public IngestFixture {};

TEST_F(UsersRoute, Merge_Session_IsRecorded) {
  const auto answer = Ask("POST", "/users/u%2F1/merge", R"({"from_session_id":"s"})");

  EXPECT_EQ(answer.status, 202);
  EXPECT_EQ(Json(answer).at("status"), "accepted");
  EXPECT_EQ(Json(answer).at("position"), "0-0");
  const auto record = Records().at(0);
  EXPECT_EQ(record.kind, model::RecordKind::kMerge);
  EXPECT_EQ(record.user, "u/1");
  EXPECT_EQ(record.from, "s");
  EXPECT_FALSE(record.from_is_user);
  EXPECT_EQ(writes_.last.size(), 1u);
}

TEST_F(UsersRoute, Merge_UserIntoItself_IsRefused) {
  EXPECT_EQ(Ask("POST", "/users/u/merge", R"({"from_user_id":"u"})").status, 400);
  EXPECT_EQ(Ask("POST", "/users/u/merge", R"({"from_user_id":"v"})").status, 202);
  EXPECT_TRUE(Records().at(0).from_is_user);
}

TEST_F(UsersRoute, Merge_BadBodyOrId_IsRefused) {
  EXPECT_EQ(Ask("POST", "/users/u/merge", "").status, 400);
  EXPECT_EQ(Ask("POST", "/users/u/merge", R"({"from":"v"})").status, 400);
  EXPECT_EQ(Ask("POST", "/users/%0a/merge", R"({"from_user_id":"v"})").status, 400);
  EXPECT_EQ(Ask("POST", "/users/%ff/merge", R"({"from_user_id":"v"})").status, 400);
  EXPECT_TRUE(Records().empty());
}

TEST_F(UsersRoute, Delete_IsAForgetRecord) {
  EXPECT_EQ(Ask("DELETE", "/users/u", "", {{"X-Tenant-ID", "shop"}}).status, 202);

  const auto record = Records().at(0);
  EXPECT_EQ(record.kind, model::RecordKind::kForget);
  EXPECT_EQ(record.user, "u");
  EXPECT_EQ(record.tenant, "shop");
}

TEST_F(UsersRoute, Delete_LogDead_Is503WithoutTheServersFiles) {
  log_.FailAppends(Error(Code::kUnavailable, "/var/lib/signalbox/log-0.db: disk I/O error"));

  const auto answer = Ask("DELETE", "/users/u");

  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.body.find("/var/lib"), std::string::npos) << answer.body;
}

TEST_F(UsersRoute, QueryParameters_AreRefused) {
  EXPECT_EQ(Ask("DELETE", "/users/u?user_id=v").status, 400);
  EXPECT_EQ(Ask("POST", "/users/u/merge?dry=1", R"({"from_session_id":"s"})").status, 400);
  EXPECT_TRUE(Records().empty());
}

}  // namespace
}  // namespace signalbox::ingest
