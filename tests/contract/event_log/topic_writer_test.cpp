// Topics for others, on the broker.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/kafka/topic_writer.hpp"
#include "harness/other_consumer.hpp"
#include "kafka_subjects.hpp"
#include "ports/fakes/recording_metrics.hpp"

namespace signalbox::contract {
namespace {

using kafka::TopicWriter;
using ::testing::SizeIs;

class TopicWriterTest : public ::testing::Test {
 protected:
  std::unique_ptr<TopicWriter> Open(const kafka::TopicWriterOptions& writer = {}) {
    auto opened =
        TopicWriter::Open(KafkaOptions(), kafka::ItemsPlan(KafkaOptions(), topic_), writer, dropped_);
    if (!opened) throw std::runtime_error(opened.error().message());
    return std::move(*opened);
  }
  std::vector<harness::ReadMessage> Read() { return harness::ReadTopic(Broker().address(), topic_); }

  const std::string topic_ = FreshTopic();
  ports::fakes::RecordingMetrics metrics_;
  ports::Counter& dropped_ = metrics_.GetCounter("dropped", "");
};

TEST_F(TopicWriterTest, Publish_MessagesOfOneKey_LieInOrderWhereJavaPutsThem) {
  const auto writer = Open();

  const auto published =
      writer->Publish({{"key", "one", {{"schema-version", "1"}}}, {"key", std::nullopt, {}}});

  ASSERT_TRUE(published) << published.error().message();
  const auto read = Read();
  ASSERT_THAT(read, SizeIs(2));
  EXPECT_EQ(read[0].value, "one");
  EXPECT_EQ(read[0].headers.at("schema-version"), "1");
  EXPECT_FALSE(read[1].value);
  for (const auto& message : read) EXPECT_EQ(message.partition, kafka::PartitionOf("key", 3));
}

TEST_F(TopicWriterTest, Publish_OneTooLarge_SendsNone) {
  const auto writer = Open();

  const auto refused = writer->Publish({{"a", "small", {}}, {"b", std::string(3 << 20, 'x'), {}}});

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Code::kTooLarge);
  EXPECT_THAT(Read(), SizeIs(0));
}

TEST_F(TopicWriterTest, BrokerFrozen_PublishEndsInTime_OfferNeverWaitsAndCountsWhatItDrops) {
  const auto writer = Open({.message_timeout_ms = 1000, .queue_messages = 10});
  Broker().Freeze();

  const auto began = std::chrono::steady_clock::now();
  int taken = 0;
  for (int i = 0; i < 100; ++i) taken += writer->Offer({"key", "value", {}}) ? 1 : 0;
  const auto offered = std::chrono::steady_clock::now() - began;
  EXPECT_EQ(taken, 10);
  EXPECT_EQ(metrics_.Value("dropped"), 90);
  EXPECT_LT(offered, std::chrono::milliseconds(500));
  const auto late = writer->Publish({{"key", "value", {}}});
  EXPECT_EQ(late.error().code(), Code::kUnavailable);
  EXPECT_TRUE(harness::WaitUntil(5000, [&] { return metrics_.Value("dropped") == 100; }));
  Broker().Thaw();

  EXPECT_TRUE(harness::WaitUntil(10'000, [&] {
    return writer->Publish({{"key", "after", {}}}).has_value();
  }));
}

TEST_F(TopicWriterTest, Open_TopicThatIsNotCompacted_IsRefusedWithTheFix) {
  (void)TopicWriter::Open(KafkaOptions(), kafka::ExposuresPlan(KafkaOptions(), topic_), {}, dropped_);

  const auto refused =
      TopicWriter::Open(KafkaOptions(), kafka::ItemsPlan(KafkaOptions(), topic_), {}, dropped_);

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().field(), "event_log.kafka.items_topic");
  EXPECT_THAT(refused.error().hint(), ::testing::HasSubstr("compact"));
}

}  // namespace
}  // namespace signalbox::contract
