// Settings to the adapters' options.
#include "app/node/event_log.hpp"

#include <string>
#include <utility>
#include <vector>

#include "adapters/kafka/kafka_event_log.hpp"
#include "adapters/sqlite/sqlite_event_log.hpp"
#include "app/node/kafka_brokers.hpp"
#include "ingest/json_message.hpp"

namespace signalbox::app {
namespace {

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

kafka::EventLogOptions LogOptions(const Settings& settings, const Clock& clock) {
  const auto& log = settings.event_log;
  kafka::EventLogOptions options = KafkaOptions(log.kafka);
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
  const auto options = LogOptions(settings, clock);
  auto log = WaitForBrokers([&] { return kafka::KafkaEventLog::Open(options); });
  if (!log) return Fail(log.error());
  return std::move(*log);
}

}  // namespace

Result<std::unique_ptr<ports::EventLog>> OpenEventLog(const Settings& settings, const Clock& clock) {
  if (settings.event_log.kind == "kafka") return OpenKafka(settings, clock);
  return OpenSqlite(settings.event_log, clock);
}

}  // namespace signalbox::app
