// Settings that hold for every handle.
#include "adapters/kafka/client.hpp"

#include <chrono>
#include <future>
#include <thread>

#include "base/log.hpp"

namespace signalbox::kafka {
namespace {

constexpr auto kCloseWait = std::chrono::seconds(5);
constexpr auto kEndWait = std::chrono::seconds(10);
constexpr int kSyslogError = 3, kSyslogWarning = 4;

void LogLine(const rd_kafka_t*, int level, const char* facility, const char* text) {
  if (level <= kSyslogError) {
    LogError("librdkafka", {{"facility", std::string(facility)}, {"text", std::string(text)}});
  } else if (level == kSyslogWarning) {
    LogWarn("librdkafka", {{"facility", std::string(facility)}, {"text", std::string(text)}});
  } else {
    LogInfo("librdkafka", {{"facility", std::string(facility)}, {"text", std::string(text)}});
  }
}

Result<void> Set(rd_kafka_conf_t* conf, const std::string& name, const std::string& value) {
  char reason[512] = {};
  if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), reason, sizeof reason) == RD_KAFKA_CONF_OK)
    return {};
  return Fail(Error(Code::kInvalidArgument, std::string("event_log.kafka: ") + reason)
                  .WithField("event_log.kafka.client")
                  .WithHint("Its keys and values are librdkafka 2.0's."));
}

}  // namespace

void HandleDeleter::operator()(rd_kafka_t* handle) const {
  std::promise<void> ended;
  auto end = ended.get_future();
  std::thread ender([handle, ended = std::move(ended)]() mutable {
    rd_kafka_destroy_flags(handle, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    ended.set_value();
  });
  if (end.wait_for(kEndWait) == std::future_status::ready) {
    ender.join();
    return;
  }
  LogError("a Kafka client does not end; it is left behind");
  ender.detach();
}

void ConsumerDeleter::operator()(rd_kafka_t* handle) const {
  rd_kafka_queue_t* queue = rd_kafka_queue_new(handle);
  if (auto* error = rd_kafka_consumer_close_queue(handle, queue)) {
    rd_kafka_error_destroy(error);
  } else {
    const auto end = std::chrono::steady_clock::now() + kCloseWait;
    while (rd_kafka_consumer_closed(handle) == 0 && std::chrono::steady_clock::now() < end) {
      if (auto* event = rd_kafka_queue_poll(queue, 20)) rd_kafka_event_destroy(event);
    }
  }
  rd_kafka_queue_destroy(queue);
  HandleDeleter()(handle);
}

Result<Conf> MakeConf(const EventLogOptions& options, const Settings& settings) {
  Conf conf(rd_kafka_conf_new());
  Settings all = {{"bootstrap.servers", options.brokers}, {"client.id", "signalbox"},
                  {"socket.nagle.disable", "true"},       {"socket.keepalive.enable", "true"},
                  {"log.connection.close", "false"},      {"reconnect.backoff.ms", "50"},
                  {"reconnect.backoff.max.ms", "1000"},   {"topic.metadata.refresh.fast.interval.ms", "100"}};
  all.insert(all.end(), options.client.begin(), options.client.end());
  all.insert(all.end(), settings.begin(), settings.end());
  for (const auto& [name, value] : all) {
    if (auto set = Set(conf.get(), name, value); !set) return Fail(set.error());
  }
  rd_kafka_conf_set_log_cb(conf.get(), LogLine);
  return conf;
}

Result<Handle> MakeHandle(rd_kafka_type_t type, Conf conf) {
  char reason[512] = {};
  rd_kafka_t* handle = rd_kafka_new(type, conf.get(), reason, sizeof reason);
  if (handle == nullptr)
    return Fail(Error(Code::kInvalidArgument, std::string("event_log.kafka: ") + reason)
                    .WithField("event_log.kafka")
                    .WithHint("Its keys and values are librdkafka 2.0's."));
  (void)conf.release();  // rd_kafka_new took it
  return Handle(handle);
}

Error Unavailable(const std::string& what, rd_kafka_resp_err_t error) {
  return Error(Code::kUnavailable, what + ": " + rd_kafka_err2str(error))
      .WithHint("Look at the brokers of event_log.kafka; appends go on by themselves once they answer.");
}

}  // namespace signalbox::kafka
