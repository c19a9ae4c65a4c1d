// The outbox's way to the topic, on fakes.
#include "ingest/item_publisher.hpp"

#include <gmock/gmock.h>

#include <chrono>

#include "ports/fakes/memory_item_outbox.hpp"
#include "ports/fakes/memory_message_topic.hpp"
#include "ports/fakes/recording_metrics.hpp"

namespace signalbox::ingest {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

const Error kAway = Error(Code::kUnavailable, "away");

ports::OutboxEntry Entry(const std::string& id, uint64_t epoch, bool deleted = false) {
  ports::OutboxEntry entry{"shop", {epoch, deleted, {}, deleted ? 0 : 1'793'524'200'000}};
  entry.change.item.id = id;
  if (!deleted) entry.change.item.attributes["title"] = "A " + id;
  return entry;
}

class ItemPublisherTest : public ::testing::Test {
 protected:
  ItemPublisherTest() { publisher_.SetActive(true); }
  std::vector<std::string> Keys() {
    std::vector<std::string> keys;
    for (const auto& message : topic_.messages())
      keys.push_back(message.key.substr(message.key.rfind('\0') + 1));
    return keys;
  }

  ports::fakes::MemoryItemOutbox outbox_;
  ports::fakes::MemoryMessageTopic topic_;
  ports::fakes::RecordingMetrics metrics_;
  ItemPublisher publisher_{outbox_, topic_, metrics_, {.batch_items = 2, .poll_ms = 5, .retry_ms = 5}};
};

TEST(ItemMessageTest, Item_SaysTenantVersionAndAttributes) {
  const auto message = ItemMessage(Entry("tent", 7));

  EXPECT_EQ(message.key, std::string("shop\0item\0tent", 14));
  EXPECT_EQ(message.value, R"({"tenant":"shop","version":7,"added_at":"2026-11-01T09:10:00.000Z",)"
                           R"("item":{"item_id":"tent","item_type":"item","title":"A tent"}})");
  EXPECT_THAT(message.headers, Contains(Pair("content-type", "application/json")));
  EXPECT_THAT(message.headers, Contains(Pair("schema-version", "1")));
  EXPECT_THAT(message.headers, Contains(Pair("x-tenant-id", "shop")));
  EXPECT_THAT(message.headers, Contains(Pair("item-version", "7")));
}

TEST(ItemMessageTest, DeletedItem_IsATombstoneThatSaysItsVersion) {
  const auto message = ItemMessage(Entry("tent", 8, true));

  EXPECT_FALSE(message.value);
  EXPECT_EQ(message.key, std::string("shop\0item\0tent", 14));
  EXPECT_THAT(message.headers, Contains(Pair("item-version", "8")));
}

TEST_F(ItemPublisherTest, Step_Entries_GoOutInOrderAndLeaveTheOutbox) {
  for (int i = 1; i <= 3; ++i) outbox_.Put(Entry(std::to_string(i), static_cast<uint64_t>(i)));

  EXPECT_EQ(publisher_.Step(), 2u);
  EXPECT_EQ(publisher_.Step(), 1u);
  EXPECT_EQ(publisher_.Step(), 0u);

  EXPECT_THAT(Keys(), ElementsAre("1", "2", "3"));
  EXPECT_EQ(outbox_.Size()->entries, 0u);
  EXPECT_EQ(metrics_.Value("signalbox_items_published_total"), 3);
}

TEST_F(ItemPublisherTest, Step_AnotherNodePublishesNow_SendsNothing) {
  outbox_.Put(Entry("1", 1));
  publisher_.SetActive(false);

  EXPECT_EQ(publisher_.Step(), 0u);

  EXPECT_TRUE(Keys().empty());
  EXPECT_EQ(outbox_.Size()->entries, 1u);
}

TEST_F(ItemPublisherTest, Step_BrokersAway_KeepsEverythingForTheNext) {
  outbox_.Put(Entry("1", 1));
  topic_.Fail(kAway);

  EXPECT_EQ(publisher_.Step().error().code(), Code::kUnavailable);
  publisher_.Measure();
  EXPECT_EQ(metrics_.Value("signalbox_items_outbox_entries"), 1);
  topic_.Fail(std::nullopt);
  EXPECT_EQ(publisher_.Step(), 1u);

  EXPECT_THAT(Keys(), ElementsAre("1"));
  EXPECT_EQ(metrics_.Value("signalbox_items_publish_failures_total"), 1);
}

TEST_F(ItemPublisherTest, Step_ItemTooLarge_IsLeftOutAndTheOthersGo) {
  outbox_.Put(Entry(std::string(300, 'x'), 1));
  outbox_.Put(Entry("small", 2));
  topic_.max_bytes = 250;

  EXPECT_EQ(publisher_.Step(), 2u);

  EXPECT_THAT(Keys(), ElementsAre("small"));
  EXPECT_EQ(outbox_.Size()->entries, 0u);
  EXPECT_EQ(metrics_.Value("signalbox_items_left_out_total"), 1);
}

TEST_F(ItemPublisherTest, Thread_PublishesOnlyWhileActive) {
  const auto within_a_second = [](const auto& holds) {
    for (int i = 0; i < 200 && !holds(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return holds();
  };
  outbox_.Put(Entry("1", 1));
  publisher_.SetActive(false);
  publisher_.Start();
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  EXPECT_TRUE(topic_.messages().empty());

  publisher_.SetActive(true);
  EXPECT_TRUE(within_a_second([&] { return topic_.messages().size() == 1; }));

  topic_.Fail(kAway);
  outbox_.Put(Entry("2", 2));
  EXPECT_TRUE(within_a_second([&] { return !publisher_.failure().empty(); }));
  EXPECT_THAT(publisher_.failure(), HasSubstr("away"));
  topic_.Fail(std::nullopt);
  EXPECT_TRUE(within_a_second([&] { return topic_.messages().size() == 2 && publisher_.failure().empty(); }));

  publisher_.SetActive(false);
  publisher_.Stop();
  outbox_.Put(Entry("3", 3));
  EXPECT_EQ(topic_.messages().size(), 2u);
}

}  // namespace
}  // namespace signalbox::ingest
