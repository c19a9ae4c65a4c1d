// A partition loses records behind a running node, and grows again before the node has looked: this is
// told, in the log, in readyz and in the metrics, and nothing is applied on top of what is gone.
#include <filesystem>
#include <thread>

#include <gmock/gmock.h>

#include "harness/kafka_broker.hpp"
#include "harness/server_process.hpp"

namespace signalbox::fault {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

namespace fs = std::filesystem;

class TruncationTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto broker = harness::KafkaBroker::Start();
    ASSERT_TRUE(broker) << broker.error().message();
    broker_ = std::move(*broker);
    server_ = StartNode("data");
    ASSERT_TRUE(server_);
  }

  std::unique_ptr<harness::ServerProcess> StartNode(const std::string& name) {
    auto started = harness::ServerProcess::Start(
        folder_.path() + "/" + name,
        {"event_log.kind=kafka", "event_log.kafka.brokers=" + broker_->address(),
         "event_log.kafka.partitions=1", "event_log.kafka.append_timeout_ms=5000"});
    EXPECT_TRUE(started) << started.error().message();
    return started ? std::move(*started) : nullptr;
  }
  // Until it is accepted: the broker may just have come back.
  void Post(harness::ServerProcess& node, const std::string& user, int count) {
    json events = json::array();
    for (int i = 0; i < count; ++i)
      events.push_back({{"user_id", user}, {"item_id", "i" + std::to_string(i)}, {"event_type", "view"}});
    harness::Answer answer;
    EXPECT_TRUE(harness::WaitUntil(30'000, [&] {
      answer = node.Post("/events", events);
      return answer.status == 202;
    })) << answer.text;
  }
  size_t History(const std::string& user) {
    const auto answer = server_->Get("/users/" + user + "/history");
    return answer.status == 200 ? answer.body["history"].size() : 0;
  }
  std::string Metrics() { return server_->Send(server_->ops_port(), "GET", "/metrics").text; }
  bool Told() {
    return Metrics().find("signalbox_process_log_truncated{partition=\"0\"} 1\n") != std::string::npos;
  }

  harness::TemporaryFolder folder_;
  std::unique_ptr<harness::KafkaBroker> broker_;
  std::unique_ptr<harness::ServerProcess> server_;
};

// The broker comes back with a partition that lost all its records.
TEST_F(TruncationTest, WhileTheNodeRuns_IsToldAndNotReset) {
  Post(*server_, "anna", 10);
  ASSERT_TRUE(harness::WaitUntil(10'000, [&] { return History("anna") == 10; }));
  broker_->Stop();
  for (const auto& file : fs::directory_iterator(broker_->data_dir() + "/events-0")) {
    if (file.path().extension() != ".metadata") fs::remove(file.path());
  }
  ASSERT_TRUE(broker_->Restart());

  Post(*server_, "ben", 30);  // the log is longer than before

  EXPECT_TRUE(harness::WaitUntil(15'000, [&] { return Told(); })) << Metrics() << server_->log();
  const auto ready = server_->Send(server_->ops_port(), "GET", "/readyz");
  EXPECT_THAT(ready.text, HasSubstr("partition 0 was truncated or replaced"));
  EXPECT_THAT(server_->log(), HasSubstr("partition 0 was truncated or replaced"));
  EXPECT_EQ(server_->Get("/recommendations?user_id=anna").status, 200);
  EXPECT_EQ(History("anna"), 10u);
  EXPECT_EQ(History("ben"), 0u);
}

// The same broker comes back: an interruption is not a truncation.
TEST_F(TruncationTest, BrokerKilledAndBack_IsNotTold) {
  Post(*server_, "anna", 10);
  ASSERT_TRUE(harness::WaitUntil(10'000, [&] { return History("anna") == 10; }));
  broker_->Kill();
  ASSERT_TRUE(broker_->Restart());

  Post(*server_, "ben", 30);

  EXPECT_TRUE(harness::WaitUntil(15'000, [&] { return History("ben") == 30; })) << server_->log();
  EXPECT_FALSE(Told());
}

}  // namespace
}  // namespace signalbox::fault
