// The topics that other systems read: items by way of the outbox, and exposures.
#include <cstdlib>
#include <map>

#include <gmock/gmock.h>

#include "harness/other_consumer.hpp"
#include "harness/shared_servers.hpp"
#include "kafka_fixture.hpp"

namespace signalbox::flow {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class TopicsFlowTest : public KafkaFixture {
 protected:
  void SetUp() override {
    KafkaFixture::SetUp();
    if (HasFatalFailure()) return;
    const std::string url = harness::SharedPostgres().CreateDatabase();
    database_ = url.substr(url.rfind('/') + 1);
    setenv("DATABASE_URL", url.c_str(), 1);
    Start(Overrides());
  }

  std::vector<std::string> Overrides() const {
    return {"event_log.kind=kafka",
            "event_log.kafka.brokers=" + broker_->address(),
            "event_log.kafka.topic=" + topic_,
            "event_log.kafka.items_topic=" + topic_ + "-items",
            "event_log.kafka.exposures_topic=" + topic_ + "-exposures",
            "event_log.kafka.append_timeout_ms=2000",
            "control_store.kind=postgres"};
  }

  int PostItem(const std::string& id, const std::string& title) {
    return server_->Post("/items", {{"item_id", id}, {"title", title}}).status;
  }
  int DeleteItem(const std::string& id) {
    return server_->Send(server_->ingest_port(), "DELETE", "/items/" + id).status;
  }
  // What a consumer knows that keeps the highest version of each key; "" = deleted.
  std::map<std::string, std::string> Titles() {
    std::map<std::string, std::pair<uint64_t, std::string>> known;
    for (const auto& message : harness::ReadTopic(broker_->address(), topic_ + "-items")) {
      const uint64_t version = std::stoull(message.headers.at("item-version"));
      auto& [newest, title] = known[message.key.substr(message.key.rfind('\0') + 1)];
      if (version < newest) continue;
      newest = version;
      title = message.value ? json::parse(*message.value)["item"].value("title", "") : "";
    }
    std::map<std::string, std::string> titles;
    for (const auto& [id, item] : known) titles[id] = item.second;
    return titles;
  }
  // By recommendation_id.
  std::map<std::string, json> Exposures() {
    std::map<std::string, json> told;
    for (const auto& message : harness::ReadTopic(broker_->address(), topic_ + "-exposures")) {
      EXPECT_EQ(message.headers.at("schema-version"), "1");
      const json exposure = json::parse(*message.value);
      told[exposure["recommendation_id"]] = exposure;
    }
    return told;
  }
  std::string Outbox() {
    return *harness::SharedPostgres().Run("SELECT count(*) FROM item_outbox", database_);
  }
  std::string Metrics() { return server_->Send(server_->ops_port(), "GET", "/metrics").text; }

  std::string database_;
};

TEST_F(TopicsFlowTest, Items_WritesAreMessagesAndDeletionsAreTombstones) {
  ASSERT_EQ(PostItem("tent", "A tent"), 202);
  ASSERT_EQ(PostItem("stove", "A stove"), 202);
  ASSERT_EQ(PostItem("tent", "A better tent"), 202);
  ASSERT_EQ(DeleteItem("stove"), 200);

  const std::map<std::string, std::string> expected = {{"tent", "A better tent"}, {"stove", ""}};
  EXPECT_TRUE(harness::WaitUntil(15'000, [&] { return Titles() == expected; })) << server_->log();
  for (const auto& message : harness::ReadTopic(broker_->address(), topic_ + "-items")) {
    EXPECT_EQ(message.headers.at("content-type"), "application/json");
    EXPECT_EQ(message.headers.at("schema-version"), "1");
    EXPECT_EQ(message.headers.at("x-tenant-id"), "default");
    EXPECT_THAT(message.key, HasSubstr(std::string("default\0item\0", 13)));
  }
}

// Items wait in the outbox, exposures in the node: nothing that is asked of the node notices.
TEST_F(TopicsFlowTest, BrokerAway_WritesAndAnswersGoOn_AndAllOfThemArriveLater) {
  TeachShop();
  ASSERT_EQ(PostItem("first", "First"), 202);
  ASSERT_TRUE(harness::WaitUntil(15'000, [&] { return Titles().size() == 1; })) << server_->log();
  const auto answer = server_->Get("/recommendations?user_id=camper1&count=3");
  ASSERT_EQ(answer.status, 200);

  broker_->Kill();
  for (int i = 0; i < 20; ++i) ASSERT_EQ(PostItem("i" + std::to_string(i), "Item"), 202);
  ASSERT_EQ(DeleteItem("first"), 200);
  for (int i = 0; i < 50; ++i)
    ASSERT_EQ(server_->Get("/recommendations?user_id=anna" + std::to_string(i)).status, 200);
  EXPECT_EQ(Outbox(), "21");
  EXPECT_TRUE(harness::WaitUntil(10'000, [&] {
    return Metrics().find("\nsignalbox_items_outbox_entries 21\n") != std::string::npos;
  })) << Metrics();
  ASSERT_TRUE(broker_->Restart());

  EXPECT_TRUE(harness::WaitUntil(20'000, [&] { return Outbox() == "0"; }));
  const auto titles = Titles();
  EXPECT_THAT(titles, SizeIs(21));
  EXPECT_EQ(titles.at("first"), "");
  EXPECT_EQ(titles.at("i19"), "Item");
  EXPECT_TRUE(harness::WaitUntil(20'000, [&] { return Exposures().size() >= 51; })) << Metrics();
  const json exposure = Exposures()[answer.body["recommendation_id"]];
  EXPECT_EQ(exposure["user_id"], "camper1");
  EXPECT_EQ(exposure["revision"], answer.body["revision"]);
  ASSERT_EQ(exposure["items"].size(), answer.body["recommendations"].size());
  for (size_t i = 0; i < exposure["items"].size(); ++i) {
    EXPECT_EQ(exposure["items"][i]["item_id"], answer.body["recommendations"][i]["item_id"]);
    EXPECT_EQ(exposure["items"][i]["position"], i + 1);
  }
  EXPECT_THAT(Metrics(), HasSubstr("\nsignalbox_exposures_dropped_total 0\n"));
}

}  // namespace
}  // namespace signalbox::flow
