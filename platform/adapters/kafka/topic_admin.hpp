// Questions and orders about topics: make one, check it, its range, its retention.
#pragma once

#include <cstdint>

#include "adapters/kafka/client.hpp"
#include "adapters/kafka/topic_plan.hpp"
#include "model/position.hpp"
#include "ports/event_log.hpp"

namespace signalbox::kafka {

// What names no topic is about options.topic. Threads: any. Every call blocks for options.answer_timeout_ms
// at most.
class TopicAdmin {
 public:
  static Result<std::unique_ptr<TopicAdmin>> Connect(const EventLogOptions& options);

  // Makes the topic when it is absent, then checks it. Errors: as KafkaEventLog::Open.
  Result<void> Ensure(const TopicPlan& plan);

  // Errors: kUnavailable.
  Result<ports::LogRange> Range(uint32_t partition) const;

  // The first offset whose record was appended at `time_ms` or later; the range's end when none was.
  Result<uint64_t> OffsetAt(uint32_t partition, int64_t time_ms) const;

  // Drops the records before each offset. Errors: kUnavailable.
  Result<void> DropBefore(const model::Offsets& offsets);

 private:
  TopicAdmin(const EventLogOptions& options, Handle handle) : options_(options), handle_(std::move(handle)) {}

  Result<int> CountPartitions(const std::string& name, bool* leaders) const;  // 0 = there is no such topic
  Result<void> Create(const TopicPlan& plan);
  Result<Settings> SettingsOf(const std::string& topic) const;  // empty = may not be asked
  Result<void> CheckSettings(const TopicPlan& plan) const;

  const EventLogOptions& options_;
  Handle handle_;
};

// The range that any handle may ask for.
Result<ports::LogRange> QueryRange(rd_kafka_t* handle, const EventLogOptions& options,
                                   const std::string& topic, uint32_t partition);

}  // namespace signalbox::kafka
