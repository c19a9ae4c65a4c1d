// Settings to the adapter's options.
#include "app/node/kafka_brokers.hpp"

namespace signalbox::app {

kafka::EventLogOptions KafkaOptions(const KafkaSettings& settings) {
  kafka::EventLogOptions options;
  options.brokers = settings.brokers;
  options.topic = settings.topic;
  options.partitions = settings.partitions;
  options.replication_factor = settings.replication_factor;
  options.linger_ms = settings.linger_ms;
  options.compression = settings.compression;
  options.append_timeout_ms = settings.append_timeout_ms;
  options.client = settings.client;
  return options;
}

}  // namespace signalbox::app
