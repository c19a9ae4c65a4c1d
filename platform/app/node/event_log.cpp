// Settings to the adapters' options.
#include "app/node/event_log.hpp"

#include <chrono>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "adapters/kafka/kafka_event_log.hpp"
#include "adapters/sqlite/sqlite_event_log.hpp"
#include "base/log.hpp"
#include "ingest/json_message.hpp"

namespace signalbox::app {
namespace {

constexpr auto kBrokerWait = std::chrono::seconds(60);
constexpr auto kBrokerRetry = std::chrono::milliseconds(500);

Result<std::unique_ptr<ports::EventLog>> OpenSqlite(const EventLogSettings& settings, const Clock& clock) {
  sqlite::EventLogOptions options;
  options.directory = settings.dir;
  options.clock = &clock;
  options.segment_bytes = settings.segment_bytes;
  options.max_age_ms = settings.retention_ms;
  options.max_bytes = settings.retention_bytes;
  options.limits.queue_bytes = settings.queue_bytes;
  options.limits.queue_records = settings.queue_records;
  auto log = sqlite::SqliteEventLog::Open(std::move(options));
  if (!log) return Fail(log.error());
  return std::move(*log);
}

kafka::EventLogOptions KafkaOptions(const Settings& settings, const Clock& clock) {
  const auto& log = settings.event_log;
  kafka::EventLogOptions options;
  options.brokers = log.kafka.brokers;
  options.topic = log.kafka.topic;
  options.partitions = log.kafka.partitions;
  options.replication_factor = log.kafka.replication_factor;
  options.linger_ms = log.kafka.linger_ms;
  options.compression = log.kafka.compression;
  options.append_timeout_ms = log.kafka.append_timeout_ms;
  options.client = log.kafka.client;
  options.clock = &clock;
  options.max_age_ms = log.retention_ms;
  options.max_bytes = log.retention_bytes;
  options.limits.queue_bytes = log.queue_bytes;
  options.limits.queue_records = log.queue_records;
  std::vector<std::string> types;
  for (const auto& type : settings.event_types) types.push_back(type.name);
  const auto messages = std::make_shared<const ingest::JsonMessageReader>(std::move(types));
  options.decode_json = [messages](const kafka::JsonMessage& message) {
    return messages->Encode(message.json, message.tenant, message.position, message.append_ms);
  };
  return options;
}

Result<std::unique_ptr<ports::EventLog>> OpenKafka(const Settings& settings, const Clock& clock) {
  const auto options = KafkaOptions(settings, clock);
  const auto end = std::chrono::steady_clock::now() + kBrokerWait;
  for (;;) {
    auto log = kafka::KafkaEventLog::Open(options);
    if (log) return std::move(*log);
    if (log.error().code() != Code::kUnavailable || std::chrono::steady_clock::now() > end) {
      return Fail(log.error());
    }
    LogWarn("waiting for Kafka", {{"reason", log.error().message()}});
    std::this_thread::sleep_for(kBrokerRetry);
  }
}

}  // namespace

Result<std::unique_ptr<ports::EventLog>> OpenEventLog(const Settings& settings, const Clock& clock) {
  if (settings.event_log.kind == "kafka") return OpenKafka(settings, clock);
  return OpenSqlite(settings.event_log, clock);
}

}  // namespace signalbox::app
