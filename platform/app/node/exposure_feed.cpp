// A writer that drops what it has no room for.
#include "app/node/exposure_feed.hpp"

#include <utility>

#include "adapters/kafka/topic_writer.hpp"
#include "app/node/kafka_brokers.hpp"

namespace signalbox::app {

Result<std::unique_ptr<ports::MessageTopic>> OpenExposures(const Settings& settings,
                                                           ports::Metrics& metrics) {
  const auto& kafka = settings.event_log.kafka;
  std::unique_ptr<ports::MessageTopic> none;
  if (!settings.HasRole("recommend") || settings.event_log.kind != "kafka" || kafka.exposures_topic.empty()) {
    return none;
  }
  const auto options = KafkaOptions(kafka);
  // A broker that restarts costs nothing; one that is away for longer costs exposures, not memory.
  kafka::TopicWriterOptions writer;
  writer.message_timeout_ms = 30'000;
  writer.linger_ms = 20;
  auto& dropped = metrics.GetCounter("signalbox_exposures_dropped_total",
                                     "Answers of which the topic of exposures does not know");
  auto topic = WaitForBrokers([&] {
    return kafka::TopicWriter::Open(options, kafka::ExposuresPlan(options, kafka.exposures_topic), writer,
                                    dropped);
  });
  if (!topic) return Fail(topic.error());
  return std::unique_ptr<ports::MessageTopic>(std::move(*topic));
}

}  // namespace signalbox::app
