// A node on PostgreSQL and Redis: it serves whatever becomes of them.
#include <atomic>
#include <cstdlib>
#include <thread>

#include <gmock/gmock.h>

#include "adapters/http/poco_client.hpp"
#include "flow_fixture.hpp"
#include "harness/shared_servers.hpp"

namespace signalbox::flow {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class StoresFlowTest : public FlowTest {
 protected:
  void SetUp() override {
    const std::string url = postgres_.CreateDatabase();
    database_ = url.substr(url.rfind('/') + 1);
    setenv("DATABASE_URL", url.c_str(), 1);
    setenv("REDIS_URL", harness::SharedRedis().url().c_str(), 1);
    StartOnStores();
  }
  void StartOnStores() {
    Start({"control_store.kind=postgres", "cache.kind=redis", "checkpoint.interval_seconds=1"});
  }

  int PostItem(const std::string& id, const std::string& category) {
    return server_->Post("/items", {{"item_id", id}, {"title", "A " + id}, {"category", category}}).status;
  }
  bool IsListed(const std::string& id, const std::string& category) {
    return Contains(Ids(server_->Get("/popular?category=" + category).body), id);
  }
  json Readiness() { return server_->Send(server_->ops_port(), "GET", "/readyz").body; }

  harness::PostgresServer& postgres_ = harness::SharedPostgres();
  std::string database_;
};

TEST_F(StoresFlowTest, Items_AreInTheDatabaseAndServed) {
  TeachShop();

  ASSERT_EQ(PostItem("tent", "camping"), 202);

  EXPECT_TRUE(WithinASecond([&] { return IsListed("tent", "camping"); }));
  EXPECT_EQ(*postgres_.Run("SELECT count(*) FROM items WHERE id = 'tent'", database_), "1");
  EXPECT_EQ(Readiness()["dependencies"]["control_store"]["status"], "ok") << Readiness();
  EXPECT_TRUE(WithinASecond([&] { return Readiness()["dependencies"]["cache"]["status"] == "ok"; }));
}

TEST_F(StoresFlowTest, RateLimits_TwoNodes_CountTogether) {
  server_->Terminate();
  const std::vector<std::string> limits{"control_store.kind=postgres", "cache.kind=redis",
                                        "rate_limits.users=4", "rate_limits.window_seconds=3600"};
  Start(limits);
  harness::TemporaryFolder elsewhere;
  auto other = harness::ServerProcess::Start(elsewhere.path() + "/data", limits);
  ASSERT_TRUE(other) << other.error().message();
  const auto redis_is_used = [](harness::ServerProcess& node) {
    return node.Send(node.ops_port(), "GET", "/readyz").body["dependencies"]["cache"]["status"] == "ok";
  };
  ASSERT_TRUE(harness::WaitUntil(5'000, [&] { return redis_is_used(*server_) && redis_is_used(**other); }));

  int passed = 0;
  for (int i = 0; i < 4; ++i) {
    for (harness::ServerProcess* node : {server_.get(), other->get()})
      passed += node->Get("/users/nobody").status == 404;
  }

  EXPECT_EQ(passed, 4);
}

TEST_F(StoresFlowTest, Scenarios_PublishedOnOneNode_AreServedByAnotherAndSurviveTheDatabasesAbsence) {
  harness::TemporaryFolder elsewhere;
  auto other = harness::ServerProcess::Start(elsewhere.path() + "/data", {"control_store.kind=postgres"});
  ASSERT_TRUE(other) << other.error().message();
  const auto revision = [](harness::ServerProcess& node) {
    return node.Get("/recommendations?user_id=anna").body.value("revision", "");
  };
  const std::string path = "/admin/v1/scenarios/default/revisions";
  const auto post = [&](const std::string& suffix, const json& body) {
    return server_->Send(server_->admin_port(), "POST", path + suffix, body.dump()).status;
  };
  EXPECT_EQ(revision(**other), "default@1");

  EXPECT_EQ(post("", {{"source", "candidates { popularity = 100 }"}}), 201);
  EXPECT_EQ(post("/2/validate", json::object()), 200);
  EXPECT_EQ(post("/2/publish", json::object()), 200);

  EXPECT_EQ(revision(*server_), "default@2");
  EXPECT_TRUE(harness::WaitUntil(5'000, [&] { return revision(**other) == "default@2"; }));
  postgres_.Stop();
  EXPECT_EQ(revision(**other), "default@2");
  EXPECT_EQ(post("", {{"source", "candidates { popularity = 10 }"}}), 503);
  ASSERT_TRUE(postgres_.Restart());
  EXPECT_TRUE(harness::WaitUntil(10'000, [&] {
    return post("", {{"source", "candidates { popularity = 10 }"}}) == 201;
  }));
}

TEST_F(StoresFlowTest, PostgresRestartedAndBackendsTerminated_RecommendationsFlowAndItemsRecover) {
  TeachShop();
  ASSERT_EQ(PostItem("tent", "camping"), 202);
  std::atomic<bool> ended{false};
  std::atomic<int> answered{0}, failed{0};
  std::thread visitors([&, port = server_->recommend_port()] {
    const auto client = adapters::http::MakePocoClient("http://127.0.0.1:" + std::to_string(port));
    while (client && !ended) {
      const auto answer = (*client)->Send("GET", "/recommendations?user_id=camper1&count=5", {}, "");
      ++(answer && answer->status == 200 ? answered : failed);
    }
  });

  for (int i = 0; i < 3; ++i) postgres_.TerminateBackends();
  postgres_.Stop();
  EXPECT_EQ(PostItem("stove", "camping"), 503);
  EXPECT_TRUE(
      WithinASecond([&] { return Readiness()["dependencies"]["control_store"]["status"] == "failing"; }));
  EXPECT_EQ(server_->Send(server_->ops_port(), "GET", "/readyz").status, 200);
  EXPECT_EQ(server_->Post("/events", Event("anna", "tent")).status, 202);
  ASSERT_TRUE(postgres_.Restart());
  EXPECT_TRUE(harness::WaitUntil(10'000, [&] { return PostItem("stove", "camping") == 202; }));
  EXPECT_TRUE(WithinASecond([&] { return IsListed("stove", "camping"); }));
  ended = true;
  visitors.join();

  EXPECT_EQ(failed, 0);
  EXPECT_GT(answered, 100);
}

TEST_F(StoresFlowTest, PostgresAwayAtStart_ServesTheCheckpointsCatalogueAndSaysSo) {
  TeachShop();
  ASSERT_EQ(PostItem("tent", "camping"), 202);
  ASSERT_TRUE(WithinASecond([&] { return IsListed("tent", "camping"); }));
  ASSERT_EQ(server_->Terminate(), 0) << server_->log();
  postgres_.Kill();

  StartOnStores();

  EXPECT_TRUE(IsListed("tent", "camping"));
  EXPECT_EQ(server_->Send(server_->ops_port(), "GET", "/readyz").status, 200);
  EXPECT_TRUE(
      WithinASecond([&] { return Readiness()["dependencies"]["control_store"]["status"] == "failing"; }));
  EXPECT_EQ(PostItem("stove", "camping"), 503);
  ASSERT_TRUE(postgres_.Restart());
  EXPECT_TRUE(harness::WaitUntil(10'000, [&] { return PostItem("stove", "camping") == 202; }));
  EXPECT_TRUE(WithinASecond([&] { return IsListed("stove", "camping"); }));
  EXPECT_TRUE(IsListed("tent", "camping"));
}

TEST_F(StoresFlowTest, RedisKilled_NothingIsNoticedButInReadinessAndMetrics) {
  TeachShop();
  auto& redis = harness::SharedRedis();

  redis.Kill();

  EXPECT_TRUE(
      harness::WaitUntil(5000, [&] { return Readiness()["dependencies"]["cache"]["status"] == "failing"; }));
  EXPECT_EQ(server_->Send(server_->ops_port(), "GET", "/readyz").status, 200);
  EXPECT_THAT(server_->Send(server_->ops_port(), "GET", "/metrics").text,
              HasSubstr("signalbox_cache_backend_up 0"));
  EXPECT_EQ(server_->Get("/recommendations?user_id=camper1").status, 200);
  ASSERT_TRUE(redis.Restart());
  EXPECT_TRUE(
      harness::WaitUntil(10'000, [&] { return Readiness()["dependencies"]["cache"]["status"] == "ok"; }));
}

TEST(StoresProgramTest, Serve_Secrets_AreNeverPrinted) {
  const harness::TemporaryFolder folder;
  std::string output;
  setenv("DATABASE_URL", "postgres://me:s3cret word@127.0.0.1/shop", 1);

  const int code = harness::RunProgram({"serve", "--data-dir", folder.path() + "/data", "--set",
                                        "http.ops_port=0", "--set", "control_store.kind=postgres"},
                                       &output);

  EXPECT_NE(code, 0);
  EXPECT_THAT(output, HasSubstr("DATABASE_URL"));
  EXPECT_THAT(output, Not(HasSubstr("s3cret")));
}

}  // namespace
}  // namespace signalbox::flow
