// Kafka under the contract: a topic per test.
#include "kafka_subjects.hpp"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>

#include "subject.hpp"

namespace signalbox::contract {
namespace {

std::unique_ptr<harness::KafkaBroker> broker;

// The system's until it is stopped at a moment.
class RetentionClock final : public Clock {
 public:
  int64_t now_ms() const override {
    return stopped_at_ms > 0 ? stopped_at_ms.load() : SystemClock().now_ms();
  }
  std::atomic<int64_t> stopped_at_ms{0};
};

class KafkaSubject final : public LogSubject {
 public:
  std::unique_ptr<ports::EventLog> Open(const LogSettings& settings) override {
    auto options = options_;
    options.clock = &clock_;
    options.limits = settings.limits;
    options.max_age_ms = settings.max_age_ms;
    options.max_bytes = settings.max_bytes;
    auto opened = kafka::KafkaEventLog::Open(std::move(options));
    if (!opened) throw std::runtime_error(opened.error().message());
    return std::move(*opened);
  }
  bool takes_clock() const override { return false; }
  void HoldUp(HeldClock&) override { Broker().Freeze(); }
  void AwaitHeld(HeldClock&) override {}  // what Append took is counted when it returns
  void Release(HeldClock&) override { Broker().Thaw(); }
  void MakeOld(ManualClock&, const LogSettings& settings) override {
    const int64_t now_ms = SystemClock().now_ms();
    while (SystemClock().now_ms() == now_ms) {
    }
    clock_.stopped_at_ms = now_ms + 1 + settings.max_age_ms;
  }

 private:
  const kafka::EventLogOptions options_ = KafkaOptions();
  RetentionClock clock_;
};

}  // namespace

harness::KafkaBroker& Broker() {
  if (!broker) {
    auto started = harness::KafkaBroker::Start();
    if (!started) {
      std::fprintf(stderr, "%s\n", started.error().message().c_str());
      std::_Exit(1);
    }
    broker = std::move(*started);
  }
  return *broker;
}

std::string FreshTopic() {
  static std::atomic<int> count{0};
  return "events-" + std::to_string(++count);
}

kafka::EventLogOptions KafkaOptions() {
  kafka::EventLogOptions options;
  options.brokers = Broker().address();
  options.topic = FreshTopic();
  return options;
}

std::vector<LogKind> AllLogKinds() {
  return {{"Kafka", [] { return std::make_unique<KafkaSubject>(); }}};
}

}  // namespace signalbox::contract
