// POST /events: answers in the batch's shape and what reaches the log.
#include "ingest/event_handler.hpp"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "ingest/ingest_fixture.hpp"

namespace signalbox::ingest {
namespace {

nlohmann::json Json(const ports::HttpResponse& response) { return nlohmann::json::parse(response.body); }

using testing::ElementsAre;
using testing::HasSubstr;

class EventsRoute : public IngestFixture {
 protected:
  std::vector<std::string> Statuses(const ports::HttpResponse& response) {
    std::vector<std::string> statuses;
    const auto json = Json(response);
    for (const auto& result : json.at("results")) statuses.push_back(result.at("status"));
    return statuses;
  }
};

const char kView[] = R"({"user_id":"u","item_id":"i","event_type":"view"})";
const char kBad[] = R"({"user_id":"u","event_type":"view"})";
const char kNamed[] = R"({"user_id":"u","item_id":"i","event_type":"view","event_id":"e-1"})";

TEST_F(EventsRoute, Post_OneEvent_IsAcceptedWithIdAndPosition) {
  const auto answer = Ask("POST", "/events", kView);

  EXPECT_EQ(answer.status, 202);
  const auto result = Json(answer).at("results").at(0);
  EXPECT_EQ(result.at("index"), 0);
  EXPECT_EQ(result.at("status"), "accepted");
  EXPECT_EQ(result.at("position"), "0-0");
  EXPECT_EQ(result.at("event_id").get<std::string>().size(), 32u);
  const auto records = Records();
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].event_id, result.at("event_id"));
  EXPECT_FALSE(records[0].client_event_id);
  EXPECT_EQ(records[0].tenant, "default");
  EXPECT_EQ(records[0].event_time_ms, clock_.now_ms());
  EXPECT_EQ(writes_.last.at(std::string("default\0u", 9)), (model::LogPosition{0, 0}));
  EXPECT_EQ(metrics_.Value("events_ingested_total", {{"type", "view"}}), 1);
}

TEST_F(EventsRoute, Post_BatchWithOneBadEvent_KeepsTheOthers) {
  const auto answer =
      Ask("POST", "/events", std::string("[") + kView + "," + kBad + ",7,{\"a\":tru}," + kView + "]");

  EXPECT_EQ(answer.status, 202);
  EXPECT_THAT(Statuses(answer), ElementsAre("accepted", "rejected", "rejected", "rejected", "accepted"));
  const auto error = Json(answer).at("results").at(1).at("error");
  EXPECT_EQ(error.at("code"), "invalid_argument");
  EXPECT_EQ(error.at("field"), "item_id");
  EXPECT_EQ(Records().size(), 2u);
  EXPECT_EQ(metrics_.Value("signalbox_ingest_rejected_total", {{"reason", "item_id"}}), 1);
  EXPECT_EQ(metrics_.Value("signalbox_ingest_rejected_total", {{"reason", "json"}}), 2);
}

TEST_F(EventsRoute, Post_Ndjson_NamesTheLineAtFault) {
  const auto answer = Ask("POST", "/events", std::string(kView) + "\n\nnot json\n" + kView + "\n",
                          {{"Content-Type", "application/x-ndjson"}});

  EXPECT_EQ(answer.status, 202);
  EXPECT_THAT(Statuses(answer), ElementsAre("accepted", "rejected", "accepted"));
  EXPECT_THAT(Json(answer)["results"][1]["error"]["message"].get<std::string>(), HasSubstr("line 3:"));
}

TEST_F(EventsRoute, Post_AllRejected_Is400InTheBatchShape) {
  const auto answer = Ask("POST", "/events", kBad);

  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(Statuses(answer), ElementsAre("rejected"));
}

TEST_F(EventsRoute, Post_NotJsonAtAll_Is400InTheErrorShape) {
  for (const char* body : {"", "hello", "[{\"a\":1}", "[]"}) {
    const auto answer = Ask("POST", "/events", body);
    EXPECT_EQ(answer.status, 400) << body;
    EXPECT_EQ(Json(answer).at("error").at("field"), "body") << body;
  }
}

TEST_F(EventsRoute, Post_TooManyEvents_Is413) {
  std::string body = "[1";
  for (size_t i = 0; i < kMaxEvents; ++i) body += ",1";

  EXPECT_EQ(Ask("POST", "/events", body + "]").status, 413);
}

TEST_F(EventsRoute, Post_SameClientIdAgain_IsADuplicateWithThePosition) {
  Ask("POST", "/events", kNamed);

  const auto answer = Ask("POST", "/events", kNamed);

  EXPECT_EQ(answer.status, 202);
  const auto result = Json(answer).at("results").at(0);
  EXPECT_EQ(result.at("status"), "duplicate");
  EXPECT_EQ(result.at("event_id"), "e-1");
  EXPECT_EQ(result.at("position"), "0-0");
  EXPECT_EQ(Records().size(), 1u);
}

TEST_F(EventsRoute, Post_SameClientIdInOtherTenantOrAfterADay_IsAccepted) {
  Ask("POST", "/events", kNamed);

  EXPECT_THAT(Statuses(Ask("POST", "/events", kNamed, {{"X-Tenant-ID", "shop"}})), ElementsAre("accepted"));
  clock_.Advance(24 * 3600 * int64_t{1000} + 1);
  EXPECT_THAT(Statuses(Ask("POST", "/events", kNamed)), ElementsAre("accepted"));
}

TEST_F(EventsRoute, Post_SameClientIdTwiceInABatch_IsAppendedOnce) {
  const auto answer = Ask("POST", "/events", std::string("[") + kNamed + "," + kView + "," + kNamed + "]");

  EXPECT_THAT(Statuses(answer), ElementsAre("accepted", "accepted", "duplicate"));
  EXPECT_EQ(Json(answer)["results"][2]["position"], "0-0");
  EXPECT_EQ(Records().size(), 2u);
}

TEST_F(EventsRoute, Post_IdAppliedBeforeThisProcess_IsADuplicateWithoutPosition) {
  applied_.insert("e-1");

  const auto result = Json(Ask("POST", "/events", kNamed)).at("results").at(0);

  EXPECT_EQ(result.at("status"), "duplicate");
  EXPECT_FALSE(result.contains("position"));
  EXPECT_TRUE(Records().empty());
}

TEST_F(EventsRoute, Post_LogFullOrDead_IsToBeRetried) {
  const std::string batch = std::string("[") + kNamed + "," + kNamed + "," + kBad + "]";
  log_.FailAppends(Error(Code::kResourceExhausted, "the queue is full"));
  const auto full = Ask("POST", "/events", batch);
  log_.FailAppends(Error(Code::kUnavailable, "the disk is gone"));
  const auto dead = Ask("POST", "/events", kNamed);
  log_.FailAppends(std::nullopt);

  EXPECT_EQ(full.status, 429);
  EXPECT_THAT(Statuses(full), ElementsAre("retry", "retry", "rejected"));
  EXPECT_EQ(full.headers.at(0).first, "Retry-After");
  EXPECT_EQ(dead.status, 503);
  EXPECT_THAT(Statuses(Ask("POST", "/events", kNamed)),
              ElementsAre("accepted"));  // a failed id is not remembered
  EXPECT_EQ(metrics_.Value("events_ingested_total", {{"type", "view"}}), 1);
}

TEST_F(EventsRoute, Post_Tenants_AreRecordedOrUnknown) {
  Ask("POST", "/events", kView, {{"x-tenant-id", "shop"}});
  const auto unknown = Ask("POST", "/events", kView, {{"X-Tenant-ID", "nobody"}});

  EXPECT_EQ(Records().at(0).tenant, "shop");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(Json(unknown).at("error").at("code"), "unknown_tenant");
}

TEST_F(EventsRoute, Post_EmptyTenantHeader_IsTheDefaultTenant) {
  EXPECT_EQ(Ask("POST", "/events", kView, {{"X-Tenant-ID", ""}}).status, 202);

  EXPECT_EQ(Records().at(0).tenant, "default");
}

TEST_F(EventsRoute, Post_OnlyRepeatsOfAKnownId_AllHaveItsPosition) {
  Ask("POST", "/events", kNamed);

  const auto results =
      Json(Ask("POST", "/events", std::string("[") + kNamed + "," + kNamed + "]"))["results"];

  EXPECT_EQ(results[0]["position"], "0-0");
  EXPECT_EQ(results[1]["position"], "0-0");
  EXPECT_EQ(results[1]["status"], "duplicate");
}

TEST_F(EventsRoute, Post_QueryParameter_IsRefused) {
  const auto answer = Ask("POST", "/events?tenant=shop", kView);

  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(Json(answer)["error"]["field"], "tenant");
  EXPECT_TRUE(Records().empty());
}

TEST_F(EventsRoute, Post_StorageFails_HidesTheServersFiles) {
  log_.FailAppends(Error(Code::kUnavailable, "/var/lib/signalbox/log-0.db: disk I/O error"));

  const auto answer = Ask("POST", "/events", kView);

  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.body.find("/var/lib"), std::string::npos) << answer.body;
  EXPECT_EQ(Json(answer)["results"][0]["status"], "retry");
}

// The array is a level, the event another, so properties may have thirty.
TEST_F(EventsRoute, Post_NestingInAnArray_CountsTheArray) {
  const auto batch = [](int levels) {
    return R"([{"user_id":"u","item_id":"i","event_type":"view","properties":)" + [&] {
      std::string text;
      for (int i = 0; i < levels; ++i) text += R"({"a":)";
      return text + "1" + std::string(static_cast<size_t>(levels), '}');
    }() + "}]";
  };

  EXPECT_THAT(Statuses(Ask("POST", "/events", batch(30))), ElementsAre("accepted"));
  EXPECT_THAT(Statuses(Ask("POST", "/events", batch(31))), ElementsAre("rejected"));
}

TEST(RecentIdsTest, Note_IntoAFullBucket_ForgetsTheOldest) {
  RecentIds ids(1000, 4);  // one bucket of four
  for (uint64_t hash = 1; hash <= 5; ++hash) ids.Note(hash, {0, hash}, static_cast<int64_t>(hash));

  EXPECT_FALSE(ids.Find(1, 5).has_value());
  for (uint64_t hash = 2; hash <= 5; ++hash) EXPECT_EQ(ids.Find(hash, 5)->offset, hash);
}

TEST(RecentIdsTest, Find_AfterTheWindow_IsNothing) {
  RecentIds ids(1000);
  ids.Note(7, {2, 9}, 0);

  EXPECT_EQ(ids.Find(7, 1000), (model::LogPosition{2, 9}));
  EXPECT_FALSE(ids.Find(7, 1001).has_value());
}

}  // namespace
}  // namespace signalbox::ingest
