// What only Kafka has: a topic that may not fit, messages of others, offsets without records.
#include <gtest/gtest.h>

#include "harness/other_producer.hpp"
#include "kafka_subjects.hpp"
#include "model/event.hpp"
#include "model/record_codec.hpp"
#include "ports/fakes/memory_event_log.hpp"
#include "subject.hpp"

namespace signalbox::contract {
namespace {

using harness::Produce;
using harness::ProduceInTransaction;
using kafka::KafkaEventLog;
using ports::LogEntry;
using ports::fakes::AppendAndWait;

std::unique_ptr<KafkaEventLog> Open(const kafka::EventLogOptions& options) {
  auto opened = KafkaEventLog::Open(options);
  if (!opened) throw std::runtime_error(opened.error().message());
  return std::move(*opened);
}

TEST(KafkaEventLogTest, Open_TopicOfOtherPartitionCount_IsRefusedWithBothNumbers) {
  auto options = KafkaOptions();
  Open(options);
  options.partitions = 5;

  const auto refused = KafkaEventLog::Open(options);

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Code::kInvalidArgument);
  EXPECT_EQ(refused.error().field(), "event_log.kafka.partitions");
  EXPECT_EQ(refused.error().message(), "event_log.kafka.partitions: topic " + options.topic +
                                           " has 3 partitions, the configuration says 5");
}

TEST(KafkaEventLogTest, Open_NobodyThere_IsUnavailableAndNamesTheBrokers) {
  auto options = KafkaOptions();
  options.brokers = "127.0.0.1:1";
  options.answer_timeout_ms = 300;

  const auto refused = KafkaEventLog::Open(options);

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Code::kUnavailable);
  EXPECT_NE(refused.error().message().find("127.0.0.1:1"), std::string::npos);
}

TEST(KafkaEventLogTest, Open_UnknownClientSetting_IsRefusedWithItsName) {
  auto options = KafkaOptions();
  options.client["no.such.setting"] = "1";

  const auto refused = KafkaEventLog::Open(options);

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Code::kInvalidArgument);
  EXPECT_NE(refused.error().message().find("no.such.setting"), std::string::npos);
}

TEST(KafkaEventLogTest, Append_ByTwoProcesses_SameKeySamePartition) {
  const auto options = KafkaOptions();
  auto first = Open(options), second = Open(options);

  for (int i = 0; i < 20; ++i) {
    const auto one = AppendAndWait(*first, Batch("key " + std::to_string(i), {"x"}));
    const auto other = AppendAndWait(*second, Batch("key " + std::to_string(i), {"y"}));
    ASSERT_TRUE(one && other);
    EXPECT_EQ((*one)[0].partition, (*other)[0].partition);
    EXPECT_EQ((*one)[0].partition, kafka::PartitionOf("key " + std::to_string(i), 3));
  }
}

// Anything may come from other producers: what is no record says what it is, and the next is read.
TEST(KafkaEventLogTest, Read_MessagesOfOthers_AreGivenWithTheirProblemAndDoNotStopTheReader) {
  auto options = KafkaOptions();
  options.decode_json = [](const kafka::JsonMessage& message) -> Result<std::string> {
    if (message.json == "{}") return "record " + model::ToString(message.position);
    return Fail(Code::kInvalidArgument, "item_id is missing");
  };
  auto log = Open(options);
  Produce(options.brokers, options.topic, 1, {"{}", "application/json"});
  Produce(options.brokers, options.topic, 1, {"{\"x\":1}", "application/json; charset=utf-8"});
  Produce(options.brokers, options.topic, 1, {"<x/>", "text/xml"});
  Produce(options.brokers, options.topic, 1, {"noise", ""});
  Produce(options.brokers, options.topic, 1, {std::nullopt, ""});
  std::string record;
  model::EncodeRecord({.user = "u", .item = "i", .type = "view"}, &record);
  Produce(options.brokers, options.topic, 1, {record, ""});

  const auto entries = ReadAll(*log)[1];

  ASSERT_EQ(entries.size(), 6u);
  EXPECT_EQ(entries[0].payload, "record 1-0");
  EXPECT_EQ(entries[0].problem, "");
  EXPECT_EQ(entries[0].original, "{}");
  EXPECT_EQ(entries[1].payload, "{\"x\":1}");
  EXPECT_EQ(entries[1].problem, "item_id is missing");
  EXPECT_EQ(entries[2].payload, "<x/>");
  EXPECT_EQ(entries[2].problem, "content-type text/xml: this log takes application/json");
  EXPECT_EQ(entries[3].payload, "noise");
  EXPECT_FALSE(model::DecodeRecord(entries[3].payload));
  EXPECT_EQ(entries[4].payload, "");
  EXPECT_FALSE(model::DecodeRecord(entries[4].payload));
  EXPECT_TRUE(model::DecodeRecord(entries[5].payload));
  EXPECT_EQ(entries[5].problem, "");
}

TEST(KafkaEventLogTest, Read_TransactionsOfOthers_LeaveOffsetsOutThatNextPasses) {
  const auto options = KafkaOptions();
  auto log = Open(options);
  ProduceInTransaction(options.brokers, options.topic, 0, "kept", true);         // offset 0, mark at 1
  ProduceInTransaction(options.brokers, options.topic, 0, "taken back", false);  // 2, mark at 3
  Produce(options.brokers, options.topic, 0, {"last", ""});                      // 4
  ProduceInTransaction(options.brokers, options.topic, 0, "taken back", false);  // 5, mark at 6
  auto reader = log->OpenReader(0, 0);
  ASSERT_TRUE(reader);

  std::vector<LogEntry> entries;
  while ((*reader)->next() < 7) ASSERT_TRUE((*reader)->Read(10, 0, &entries));

  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].payload, "kept");
  EXPECT_EQ(entries[0].position.offset, 0u);
  EXPECT_EQ(entries[1].payload, "last");
  EXPECT_EQ(entries[1].position.offset, 4u);
  EXPECT_EQ(log->Range(0)->end, 7u);
}

}  // namespace
}  // namespace signalbox::contract
