// Which partition a key goes to: what Java's producers choose.
#include "adapters/kafka/kafka_event_log.hpp"

#include <gtest/gtest.h>

namespace signalbox::kafka {
namespace {

// The hashes stand in Kafka's own test of murmur2 (UtilsTest.java).
TEST(PartitionOfTest, KnownKeys_AsJavasDefaultPartitioner) {
  const std::pair<const char*, int32_t> known[] = {{"21", -973932308},
                                                   {"foobar", -790332482},
                                                   {"a-little-bit-long-string", -985981536},
                                                   {"abc", 479470107}};
  for (const auto& [key, hash] : known) {
    for (const uint32_t partitions : {1u, 3u, 7u, 64u}) {
      EXPECT_EQ(PartitionOf(key, partitions), (static_cast<uint32_t>(hash) & 0x7fffffffu) % partitions)
          << key;
    }
  }
}

TEST(OpenTest, NoBrokers_IsRefusedWithTheKey) {
  const auto refused = KafkaEventLog::Open({});

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Code::kInvalidArgument);
  EXPECT_EQ(refused.error().field(), "event_log.kafka.brokers");
}

}  // namespace
}  // namespace signalbox::kafka
