// Importing into a server made of memory: retries, refusals, order, repeated runs.
#include <gmock/gmock.h>

#include <deque>
#include <set>

#include <nlohmann/json.hpp>

#include "app/import/importer.hpp"
#include "train/testing/temporary_folder.hpp"

namespace signalbox::app {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using train::TemporaryFolder;

constexpr int64_t kNowMs = 1800000000000;

// What all clients of a test talk to.
struct FakeServer {
  std::mutex mutex;
  std::deque<ports::HttpResponse> first;  // answered before anything is taken
  std::vector<std::string> paths;         // of each request
  std::vector<json> items, events;
  std::set<std::string> ids;
  size_t largest_batch = 1000;  // more is 413

  ports::HttpResponse Answer(std::string_view path, std::string_view body) {
    const std::lock_guard lock(mutex);
    paths.emplace_back(path);
    if (!first.empty()) {
      ports::HttpResponse response = std::move(first.front());
      first.pop_front();
      return response;
    }
    json results = json::array();
    std::vector<json> documents;
    for (size_t start = 0; start < body.size();) {
      const size_t end = body.find('\n', start);
      documents.push_back(json::parse(body.substr(start, end - start)));
      start = end + 1;
    }
    if (documents.size() > largest_batch) return ports::ErrorResponse(413, "too_large", "too large");
    bool any = false;
    for (const json& document : documents) {
      const std::string id = document.value("event_id", "");
      if (document.at("item_id") == "bad") {
        results.push_back({{"status", "rejected"},
                           {"error", {{"message", "line 3: item_id is bad"}, {"hint", "Mend it."}}}});
        continue;
      }
      any = true;
      const bool fresh = path == "/items" || ids.insert(id).second;
      if (fresh) (path == "/items" ? items : events).push_back(document);
      results.push_back({{"status", fresh ? "accepted" : "duplicate"}});
    }
    return {.status = any ? 202 : 400, .body = json{{"results", results}}.dump()};
  }
};

class FakeClient final : public ports::HttpClient {
 public:
  explicit FakeClient(FakeServer& server) : server_(server) {}
  Result<ports::HttpResponse> Send(std::string_view, std::string_view target, const Headers&,
                                   std::string_view body) override {
    auto response = server_.Answer(target, body);
    if (response.status == 0) return Fail(Code::kUnavailable, "connection reset");
    return response;
  }

 private:
  FakeServer& server_;
};

Lanes::MakeClient Clients(FakeServer& server) {
  return [&server]() -> Result<std::unique_ptr<ports::HttpClient>> {
    return std::make_unique<FakeClient>(server);
  };
}

ImportOptions Options(const TemporaryFolder& folder, train::Format format) {
  ImportOptions options;
  options.path = folder.path().string();
  options.format = format;
  options.retry = {.first_wait_ms = 1, .longest_wait_ms = 2, .longest_asked_ms = 2, .give_up_ms = 20};
  return options;
}

TEST(Import, JsonLines_ItemsGoBeforeEventsAndASecondRunAddsNothing) {
  const TemporaryFolder folder;
  folder.Write("events.jsonl",
               R"({"user_id":"u","item_id":"a","event_type":"view","timestamp":1700000000000})"
               "\nbroken\n"
               R"({"user_id":"u","item_id":"bad","event_type":"view"})"
               "\n");
  folder.Write("items.jsonl", R"({"item_id":"a","title":"Tent"})"
                              "\n");
  FakeServer server;
  ImportReport first, second;

  ASSERT_TRUE(Import(
      Options(folder, train::Format::kJsonl), Clients(server), kNowMs, [] {}, &first));
  ASSERT_TRUE(Import(
      Options(folder, train::Format::kJsonl), Clients(server), kNowMs, [] {}, &second));

  EXPECT_EQ(server.paths.front(), "/items");
  EXPECT_EQ(first.accepted(), 2u);
  EXPECT_EQ(first.rejected(), 2u);
  EXPECT_THAT(first.Text(),
              HasSubstr("events.jsonl:2: not JSON\nevents.jsonl:3: item_id is bad. Mend it.\n"));
  EXPECT_THAT(first.Text(), HasSubstr("accepted 2, duplicate 0, rejected 2"));
  EXPECT_EQ(second.duplicates(), 1u);
  EXPECT_EQ(server.events.size(), 1u);
  EXPECT_EQ(server.events[0].at("timestamp"), 1700000000000);
}

TEST(Import, Rebase_NewestEventIsNowAndDistancesStay) {
  const TemporaryFolder folder;
  folder.Write("ratings.dat", "1::a::5::978300000\n1::b::4::978300060\n");
  FakeServer server;
  ImportReport report;
  auto options = Options(folder, train::Format::kMovieLens1m);
  options.rebase = true;

  ASSERT_TRUE(Import(
      options, Clients(server), kNowMs, [] {}, &report));

  ASSERT_EQ(server.events.size(), 2u);
  EXPECT_EQ(server.events[1].at("timestamp"), kNowMs);
  EXPECT_EQ(server.events[0].at("timestamp"), kNowMs - 60000);
  EXPECT_EQ(server.events[0].at("value"), 5);
  EXPECT_EQ(server.events[0].at("event_type"), "rating");
}

TEST(Import, BusyServer_IsAskedAgainAndNothingIsLostOrReordered) {
  const TemporaryFolder folder;
  std::string lines;
  for (int i = 0; i < 50; ++i)
    lines += "7::m" + std::to_string(i) + "::3::" + std::to_string(978300000 + i) + "\n";
  folder.Write("ratings.dat", lines);
  FakeServer server;
  server.first = {{.status = 429, .headers = {{"Retry-After", "1"}}}, {.status = 0}, {.status = 503}};
  ImportReport report;
  auto options = Options(folder, train::Format::kMovieLens1m);
  options.batch_size = 7;

  ASSERT_TRUE(Import(
      options, Clients(server), kNowMs, [] {}, &report));

  EXPECT_EQ(report.accepted(), 50u);
  ASSERT_EQ(server.events.size(), 50u);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(server.events[i].at("item_id"), "m" + std::to_string(i));
}

TEST(Import, ServerStaysAway_GivesUpWithTheReason) {
  const TemporaryFolder folder;
  folder.Write("ratings.dat", "1::a::5::978300000\n");
  FakeServer server;
  for (int i = 0; i < 1000; ++i) server.first.push_back({.status = 503});
  ImportReport report;

  const auto imported = Import(
      Options(folder, train::Format::kMovieLens1m), Clients(server), kNowMs, [] {}, &report);

  ASSERT_FALSE(imported);
  EXPECT_THAT(imported.error().message(), HasSubstr("HTTP 503"));
  EXPECT_EQ(report.accepted(), 0u);
}

TEST(Import, BatchTooLargeForTheServer_IsSentInHalves) {
  const TemporaryFolder folder;
  folder.Write("train.txt", "1 2 3 4 5 6 7\n");
  FakeServer server;
  server.largest_batch = 2;
  ImportReport report;

  ASSERT_TRUE(Import(
      Options(folder, train::Format::kSessions), Clients(server), kNowMs, [] {}, &report));

  EXPECT_EQ(report.accepted(), 7u);
  ASSERT_EQ(server.events.size(), 7u);
  EXPECT_EQ(server.events[6].at("item_id"), "7");
  EXPECT_EQ(server.events[6].at("timestamp"), kNowMs);
}

TEST(Import, WrongAddress_EndsAtOnce) {
  const TemporaryFolder folder;
  folder.Write("train.txt", "1 2\n");
  FakeServer server;
  server.first = {ports::ErrorResponse(404, "role_not_here", "this process has no ingest role")};
  ImportReport report;

  const auto imported = Import(
      Options(folder, train::Format::kSessions), Clients(server), kNowMs, [] {}, &report);

  ASSERT_FALSE(imported);
  EXPECT_THAT(imported.error().message(), HasSubstr("HTTP 404: this process has no ingest role"));
  EXPECT_EQ(server.paths.size(), 1u);
}

TEST(ImportReport, ManyRejections_ShowsTheFirstTwentyAndCounts) {
  ImportReport report;
  for (uint64_t line = 30; line > 0; --line) report.Reject("f", line, line % 3 == 0 ? "odd" : "bad");

  const std::string text = report.Text();

  EXPECT_THAT(text, testing::StartsWith("f:1: bad\nf:2: bad\nf:3: odd\n"));
  EXPECT_THAT(text, HasSubstr("f:20: bad\n… and 10 more"));
  EXPECT_THAT(text, HasSubstr("  20 × bad\n  10 × odd\n"));
  EXPECT_THAT(text, Not(HasSubstr("f:21")));
}

TEST(EventJson, AllFields_AreWrittenOnceAndAbsentOnesLeftOut) {
  model::LogRecord record;
  record.session = "s\"1";
  record.item = "a";
  record.type = "view";
  EXPECT_EQ(EventJson(record), R"({"session_id":"s\"1","item_id":"a","event_type":"view"})");
  record.user = "u";
  record.event_id = "e";
  record.item_type = "movie";
  record.event_time_ms = 5;
  record.value = 2.5;
  record.recommendation_id = "r";
  record.properties = R"({"k":1})";
  EXPECT_EQ(EventJson(record),
            R"({"event_id":"e","user_id":"u","session_id":"s\"1","item_id":"a","item_type":"movie",)"
            R"("event_type":"view","timestamp":5,"value":2.5,"recommendation_id":"r","properties":{"k":1}})");
}

}  // namespace
}  // namespace signalbox::app
