// What the person on call relies on: restarts, probes, metrics, refusals.
#include <csignal>

#include <gmock/gmock.h>

#include "flow_fixture.hpp"

namespace signalbox::flow {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

TEST_F(FlowTest, Restart_AfterTermination_KeepsEverything) {
  TeachShop();
  server_->Post("/events", Event("anna", "tent"));
  const auto before = Ids(server_->Get("/recommendations?user_id=anna&count=5").body);

  EXPECT_EQ(server_->Terminate(), 0) << server_->log();
  Start();

  EXPECT_EQ(Ids(server_->Get("/recommendations?user_id=anna&count=5").body), before);
  EXPECT_THAT(server_->log(), HasSubstr("\"from_checkpoint\":true"));
}

TEST_F(FlowTest, Restart_AfterKill_KeepsEveryAcceptedEvent) {
  server_->Post("/events", Event("anna", "tent"));

  server_->Kill();
  Start();

  EXPECT_THAT(server_->Get("/users/anna/history").body["history"], SizeIs(1));
}

TEST_F(FlowTest, Restart_WithOtherEventTypes_KeepsWhatHistoriesSay) {
  server_->Post("/events", Event("anna", "tent", "purchase"));
  server_->Terminate();
  Start({"events.types={aaa: 2, view: 1}"});

  const auto history = server_->Get("/users/anna/history");
  const auto refused = server_->Post("/events", Event("anna", "mug", "purchase"));

  ASSERT_THAT(history.body["history"], SizeIs(1)) << history.text;
  EXPECT_EQ(history.body["history"][0]["event_type"], "purchase");
  EXPECT_EQ(refused.status, 400) << refused.text;
}

TEST_F(FlowTest, RateLimits_TooManyOfOneClass_Is429AndOtherClassesGoOn) {
  server_->Terminate();
  Start({"rate_limits.recommendations=3", "rate_limits.window_seconds=3600"});

  for (int i = 0; i < 3; ++i) EXPECT_EQ(server_->Get("/popular").status, 200);
  const auto refused = server_->Get("/popular");

  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.body["error"]["code"], "rate_limited");
  EXPECT_EQ(server_->Post("/events", Event("anna", "tent")).status, 202);
  EXPECT_EQ(server_->Send(server_->admin_port(), "GET", "/admin/v1/status").status, 200);
  EXPECT_NE(server_->Send(server_->ops_port(), "GET", "/metrics")
                .text.find("signalbox_http_rate_limited_total{class=\"recommendations\"} 1"),
            std::string::npos);
}

TEST_F(FlowTest, Serve_SameDataDirectoryTwice_IsRefused) {
  const auto second = harness::ServerProcess::Start(folder_.path() + "/data");

  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message(), HasSubstr(std::to_string(server_->pid())));
}

TEST_F(FlowTest, Probes_RunningNode_AreGreen) {
  for (const char* path : {"/livez", "/readyz", "/health", "/ready"}) {
    EXPECT_EQ(server_->Send(server_->ops_port(), "GET", path).status, 200) << path;
  }
}

TEST_F(FlowTest, Metrics_AfterTraffic_HaveTheNamesOperatorsKnow) {
  TeachShop();
  server_->Get("/recommendations?user_id=anna");
  server_->Get("/recommendations?count=0");

  const auto metrics = server_->Send(server_->ops_port(), "GET", "/metrics").text;

  for (const char* name :
       {"events_ingested_total", "events_processed_total", "event_processing_errors_total",
        "recommendation_requests_total", "recommendation_latency_seconds", "http_requests_total",
        "http_requests_errors_total", "http_request_duration_seconds"}) {
    EXPECT_THAT(metrics, HasSubstr(name));
  }
}

TEST_F(FlowTest, Status_RunningNode_TellsSignalsAndPartitions) {
  TeachShop();

  const auto status = server_->Send(server_->admin_port(), "GET", "/admin/v1/status");

  ASSERT_EQ(status.status, 200) << status.text;
  EXPECT_EQ(status.body["partitions"][0]["behind"], 0);
  EXPECT_THAT(status.body["tenants"]["default"]["signals"], SizeIs(5));
}

TEST_F(FlowTest, Errors_AlwaysHaveTheShapeAndNameTheFault) {
  const auto tenant = server_->Send(server_->ingest_port(), "POST", "/events", Event("anna", "tent").dump(),
                                    {{"X-Tenant-ID", "nobody"}});
  const auto parameter = server_->Get("/recommendations?user_id=anna&cuont=3");
  const auto route = server_->Get("/nothing");
  const auto garbage = server_->Send(server_->ingest_port(), "POST", "/events", "{not json");

  EXPECT_EQ(tenant.status, 404) << tenant.text;
  EXPECT_EQ(parameter.status, 400);
  EXPECT_THAT(parameter.body["error"].dump(), HasSubstr("count"));
  EXPECT_EQ(route.status, 404);
  EXPECT_EQ(garbage.status, 400);
  for (const auto* answer : {&tenant, &parameter, &route, &garbage}) {
    EXPECT_TRUE(answer->body["error"].contains("code") && answer->body["error"].contains("message"))
        << answer->text;
  }
}

TEST_F(FlowTest, Serve_RolesApart_AnswerRoleNotHere) {
  server_->Terminate();
  Start({"roles=[ingest]"});

  const auto answer = server_->Get("/recommendations?user_id=anna");

  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.body["error"]["code"], "role_not_here");
}

TEST(ProgramTest, Serve_UnknownKey_ExitsWithUsageErrorAndNamesIt) {
  std::string output;

  const int code = harness::RunProgram({"serve", "--set", "http.ingst_port=1"}, &output);

  EXPECT_EQ(code, 2);
  EXPECT_THAT(output, HasSubstr("Did you mean http.ingest_port?"));
}

TEST(ProgramTest, Program_UnknownSubcommand_IsAUsageError) {
  std::string output;

  EXPECT_EQ(harness::RunProgram({"srve"}, &output), 2);
}

}  // namespace
}  // namespace signalbox::flow
