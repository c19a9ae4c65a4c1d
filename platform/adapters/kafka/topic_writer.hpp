// Writes messages to a topic that other systems read.
#pragma once

#include <atomic>
#include <memory>
#include <shared_mutex>
#include <string>
#include <thread>

#include "adapters/kafka/client.hpp"
#include "adapters/kafka/topic_plan.hpp"
#include "ports/message_topic.hpp"
#include "ports/metrics.hpp"

namespace signalbox::kafka {

struct TopicWriterOptions {
  int message_timeout_ms = 5000;   // a message that is not acknowledged by then is given up
  int linger_ms = 0;               // how long one may wait for company
  size_t queue_messages = 10'000;  // handed over and not acknowledged
  size_t queue_bytes = size_t{16} << 20;
};

// An idempotent producer. The partition is murmur2 of the key, as Java's default partitioner has it.
// A new producer takes over after a fatal error of the old one.
class TopicWriter final : public ports::MessageTopic {
 public:
  // Makes the topic as planned when it is absent, else checks it. options.topic is not used.
  // dropped: counts what was handed over and never acknowledged, and what there was no room for.
  // Errors: as KafkaEventLog::Open.
  static Result<std::unique_ptr<TopicWriter>> Open(EventLogOptions options, const TopicPlan& plan,
                                                   const TopicWriterOptions& writer, ports::Counter& dropped);
  ~TopicWriter() override;

  Result<void> Publish(const std::vector<ports::TopicMessage>& messages) override;
  bool Offer(ports::TopicMessage message) noexcept override;

 private:
  struct Round;  // one Publish

  TopicWriter(EventLogOptions options, const TopicWriterOptions& writer, ports::Counter& dropped)
      : options_(std::move(options)), writer_(writer), dropped_(dropped) {}
  Result<void> Connect();
  rd_kafka_resp_err_t Send(const ports::TopicMessage& message, Round* round);
  void HearReports();

  const EventLogOptions options_;
  const TopicWriterOptions writer_;
  ports::Counter& dropped_;
  std::shared_mutex handle_mutex_;  // exclusive while the producer is exchanged
  Handle handle_;
  Topic topic_;
  std::atomic<bool> closing_{false};
  std::thread reports_;
};

}  // namespace signalbox::kafka
