// A node on Kafka, end to end: events in, recommendations out, restarts, other producers, other nodes.
#include <filesystem>

#include <gmock/gmock.h>

#include "adapters/sqlite/sqlite_dead_letters.hpp"
#include "harness/other_consumer.hpp"
#include "harness/other_producer.hpp"
#include "kafka_fixture.hpp"

namespace signalbox::flow {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class KafkaFlowTest : public KafkaFixture {
 protected:
  void SetUp() override {
    KafkaFixture::SetUp();
    if (HasFatalFailure()) return;
    Start(Overrides());
  }

  std::vector<std::string> Overrides() const {
    return {"event_log.kind=kafka", "event_log.kafka.brokers=" + broker_->address(),
            "event_log.kafka.topic=" + topic_};
  }

  // Posts to the server and gives "&after=..." for every position of the answer.
  std::string Post(const json& events) {
    const auto answer = server_->Post("/events", events);
    EXPECT_EQ(answer.status, 202) << answer.text;
    std::string after;
    if (answer.status != 202) return after;
    const json results =
        answer.body.contains("results") ? answer.body["results"] : json::array({answer.body});
    for (const auto& result : results) after += "&after=" + result.value("position", "");
    return after;
  }

  // Ten visitors look at tent, stove and mug; ten others at sofa, lamp and vase. Over all partitions.
  std::string TeachShop() {
    json events = json::array();
    for (int i = 0; i < 10; ++i) {
      for (const char* item : {"tent", "stove", "mug"})
        events.push_back(Event("camper" + std::to_string(i), item));
      for (const char* item : {"sofa", "lamp", "vase"})
        events.push_back(Event("home" + std::to_string(i), item));
    }
    return Post(events);
  }

  // Asks until the answer knows of the positions.
  json Recommend(harness::ServerProcess& server, const std::string& user, const std::string& after) {
    harness::Answer answer;
    for (int i = 0; i < 100; ++i) {
      answer = server.Get("/recommendations?count=5&user_id=" + user + after);
      if (answer.status == 200 && !answer.body.value("stale", false)) return answer.body;
    }
    ADD_FAILURE() << "still stale: " << answer.text << server.log();
    return answer.body;
  }
};

TEST_F(KafkaFlowTest, Events_ChangeRecommendations_AndEveryRestartKeepsThem) {
  std::string after = TeachShop();
  after += Post(Event("anna", "tent"));

  const auto before = Ids(Recommend(*server_, "anna", after));
  EXPECT_TRUE(Contains(before, "stove")) << server_->log();
  EXPECT_FALSE(Contains(before, "sofa") && before.front() == "sofa");
  EXPECT_THAT(after, ::testing::AllOf(HasSubstr("=0-"), HasSubstr("=1-"), HasSubstr("=2-")));

  EXPECT_EQ(server_->Terminate(), 0) << server_->log();
  Start(Overrides());
  EXPECT_THAT(server_->log(), HasSubstr("\"from_checkpoint\":true"));
  EXPECT_EQ(Ids(Recommend(*server_, "anna", after)), before);

  after += Post(Event("anna", "mug"));
  server_->Kill();
  Start(Overrides());
  Recommend(*server_, "anna", after);
  EXPECT_THAT(server_->Get("/users/anna/history").body["history"], SizeIs(2));
  const auto metrics = server_->Send(server_->ops_port(), "GET", "/metrics").text;
  for (const char* partition : {"0", "1", "2"}) {
    EXPECT_THAT(metrics,
                HasSubstr("signalbox_process_lag_records{partition=\"" + std::string(partition) + "\"} 0\n"));
  }
}

TEST_F(KafkaFlowTest, After_OnAnotherNode_WaitsForWhatThisOneAccepted) {
  auto other = harness::ServerProcess::Start(folder_.path() + "/other", Overrides());
  ASSERT_TRUE(other) << other.error().message();
  std::string after = TeachShop();
  after += Post(Event("anna", "tent"));

  EXPECT_TRUE(Contains(Ids(Recommend(**other, "anna", after)), "stove"));
}

TEST_F(KafkaFlowTest, OtherProducers_JsonIsAppliedAndNoiseIsBuried) {
  const json event = {{"user_id", "ben"}, {"item_id", "lamp"}, {"event_type", "view"}};
  harness::Produce(broker_->address(), topic_, 1, {"noise", ""});
  harness::Produce(broker_->address(), topic_, 1, {"<x/>", "text/xml"});
  harness::Produce(broker_->address(), topic_, 1, {"{\"user_id\":\"ben\"}", "application/json"});
  harness::Produce(broker_->address(), topic_, 1, {event.dump(), "application/json"});

  Recommend(*server_, "ben", "&after=1-3");
  EXPECT_THAT(server_->Get("/users/ben/history").body["history"], SizeIs(1));
  const auto metrics = server_->Send(server_->ops_port(), "GET", "/metrics").text;
  EXPECT_THAT(metrics, HasSubstr("\nevent_processing_errors_total 3\n"));

  // A start from the checkpoint recognises the last entry, though it is no record of ours.
  EXPECT_EQ(server_->Terminate(), 0);
  Start(Overrides());
  EXPECT_THAT(server_->Get("/users/ben/history").body["history"], SizeIs(1));
}

// From the request's header to the log's, and on to the dead letters and the lines of the log.
TEST_F(KafkaFlowTest, Headers_CarryTraceAndSchema_AndDeadLettersKeepTheTrace) {
  const std::string trace = "0af7651916cd43dd8448eb211c80319c",
                    parent = "00-" + trace + "-b7ad6b7169203331-01";
  const std::string other = "1af7651916cd43dd8448eb211c80319c";
  const auto send = [&](const std::string& user, const ports::HttpClient::Headers& headers) {
    return server_->Send(server_->ingest_port(), "POST", "/events", Event(user, "tent").dump(), headers)
        .status;
  };
  ASSERT_EQ(send("traced", {{"traceparent", parent}}), 202);
  ASSERT_EQ(send("untraced", {{"traceparent", "nonsense"}}), 202);

  std::map<std::string, std::string> traces;
  for (const auto& message : harness::ReadTopic(broker_->address(), topic_)) {
    EXPECT_EQ(message.headers.at("schema-version"), "1");
    EXPECT_THAT(message.headers.at("content-type"), HasSubstr("signalbox.record"));
    traces[message.key.substr(message.key.find('\0') + 1)] = message.headers.at("traceparent");
  }
  EXPECT_EQ(traces["traced"], parent);
  EXPECT_EQ(traces["untraced"].size(), parent.size());
  EXPECT_NE(traces["untraced"], parent);

  harness::Produce(broker_->address(), topic_, 1,
                   {"{}", "application/json", {{"traceparent", "00-" + other + "-b7ad6b7169203331-01"}}});
  harness::Produce(broker_->address(), topic_, 1,
                   {Event("ben", "lamp").dump(), "application/json", {{"schema-version", "2"}}});
  EXPECT_TRUE(harness::WaitUntil(10'000, [&] {
    const auto metrics = server_->Send(server_->ops_port(), "GET", "/metrics").text;
    return metrics.find("\nevent_processing_errors_total 2\n") != std::string::npos;
  })) << server_->log();
  EXPECT_THAT(server_->log(), HasSubstr("\"trace_id\":\"" + other + "\""));
  EXPECT_EQ(server_->Terminate(), 0);
  auto letters = sqlite::SqliteDeadLetters::Open(folder_.path() + "/data/dead-letters.db");
  ASSERT_TRUE(letters) << letters.error().message();
  const auto kept = (*letters)->List(10);
  ASSERT_THAT(*kept, SizeIs(2));
  EXPECT_THAT((*kept)[0].reason, HasSubstr("schema-version 2: this node knows 1"));
  EXPECT_THAT((*kept)[1].trace_parent, HasSubstr(other));
}

TEST_F(KafkaFlowTest, Start_OtherPartitionCount_IsRefusedWithTheKey) {
  server_->Terminate();
  auto overrides = Overrides();
  overrides.push_back("event_log.kafka.partitions=4");

  const auto refused = harness::ServerProcess::Start(folder_.path() + "/data", overrides);

  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("has 3 partitions, the configuration says 4"));
}

TEST_F(KafkaFlowTest, Start_PartitionTruncated_IsRefusedAndNotReset) {
  TeachShop();
  EXPECT_EQ(server_->Terminate(), 0);
  broker_->Stop();
  for (const auto& file : std::filesystem::directory_iterator(broker_->data_dir() + "/" + topic_ + "-0")) {
    if (file.path().extension() != ".metadata") std::filesystem::remove(file.path());
  }
  ASSERT_TRUE(broker_->Restart());

  const auto refused = harness::ServerProcess::Start(folder_.path() + "/data", Overrides());

  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("partition 0 was truncated or replaced"));
}

}  // namespace
}  // namespace signalbox::flow
