// The event log as one topic of Apache Kafka (docs/adr/0010).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "ports/append_queue.hpp"
#include "ports/event_log.hpp"

namespace signalbox::kafka {

// A message of another producer with content-type application/json.
struct JsonMessage {
  std::string_view json;
  std::string_view tenant;  // the header x-tenant-id; empty = none
  model::LogPosition position;
  int64_t append_ms = 0;
};

// Turns it into a record's bytes. Must give the same bytes for the same message, for a replay reads
// it again. Threads: any.
using JsonDecoder = std::function<Result<std::string>(const JsonMessage& message)>;

struct EventLogOptions {
  std::string brokers;  // "host:port,host:port"
  std::string topic = "events";
  uint32_t partitions = 3;
  int replication_factor = 1;        // of a topic that is made here; of 3 and more two must have each record
  int linger_ms = 0;                 // how long a record may wait for company
  std::string compression = "none";  // none, lz4, zstd, gzip, snappy
  int append_timeout_ms = 10'000;    // an append that is not acknowledged by then fails
  int answer_timeout_ms = 5'000;     // of every other question to the brokers
  const Clock* clock = nullptr;      // outlives the log; for retention only; null = the system's
  int64_t max_age_ms = int64_t{90} * 86'400'000;      // retention, by append time
  uint64_t max_bytes = uint64_t{20} * 1'000'000'000;  // retention, of all partitions, payloads as appended
  ports::AppendLimits limits;                         // the group's are not used
  std::map<std::string, std::string> client;  // further settings of librdkafka, such as security.protocol
  JsonDecoder decode_json;                    // null = JSON messages are not understood
};

// A record's partition: Kafka's murmur2 of the key, as Java's default partitioner and librdkafka's
// murmur2 have it, so that whoever produces with the same key meets the same partition.
uint32_t PartitionOf(std::string_view key, uint32_t partitions);

// Threads: every member is safe from any thread. A thread that hears the brokers' acknowledgements
// calls `done`; one of upkeep calls it for what is refused. Each reader is a connection of its own.
//
// Append times are the brokers'. Offsets may have gaps. After an outage the log recovers by itself:
// appends wait for append_timeout_ms; once one ran out they are refused at once, until the brokers
// answer again.
class KafkaEventLog final : public ports::EventLog {
 public:
  // Makes the topic when it is absent.
  // Errors: kUnavailable when no broker answers within answer_timeout_ms, kInvalidArgument when the
  //         topic does not fit (another number of partitions, another time stamp), with field.
  static Result<std::unique_ptr<KafkaEventLog>> Open(EventLogOptions options);
  ~KafkaEventLog() override;

  uint32_t partitions() const override;
  void Append(std::vector<ports::AppendRequest> batch, Done done) override;
  Result<std::unique_ptr<ports::LogReader>> OpenReader(uint32_t partition, uint64_t offset) override;
  // Asks the partition's leader. Errors: also kUnavailable.
  Result<ports::LogRange> Range(uint32_t partition) const override;
  Result<void> Writable() const override;
  // Age by append time; size by the mean size of what this process appended and read.
  Result<void> ApplyRetention(const model::Offsets& keep_from) override;
  void Close() override;

 private:
  class Impl;
  explicit KafkaEventLog(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace signalbox::kafka
