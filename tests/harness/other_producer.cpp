// librdkafka used plainly.
#include "harness/other_producer.hpp"

#include <librdkafka/rdkafka.h>

#include <stdexcept>
#include <utility>
#include <vector>

namespace signalbox::harness {
namespace {

constexpr int kWaitMs = 15'000;

class Producer {
 public:
  Producer(const std::string& brokers, std::vector<std::pair<std::string, std::string>> settings) {
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    settings.emplace_back("bootstrap.servers", brokers);
    char reason[256] = {};
    for (const auto& [name, value] : settings) {
      if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), reason, sizeof reason) != RD_KAFKA_CONF_OK)
        throw std::runtime_error(reason);
    }
    handle_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
    if (handle_ == nullptr) throw std::runtime_error(reason);
  }
  ~Producer() { rd_kafka_destroy(handle_); }
  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;

  rd_kafka_t* handle() { return handle_; }

  void Send(const std::string& topic, uint32_t partition, const OtherMessage& message) {
    rd_kafka_headers_t* headers = rd_kafka_headers_new(1);
    if (!message.content_type.empty())
      rd_kafka_header_add(headers, "content-type", -1, message.content_type.data(),
                          static_cast<ssize_t>(message.content_type.size()));
    for (const auto& [name, value] : message.headers)
      rd_kafka_header_add(headers, name.c_str(), -1, value.data(), static_cast<ssize_t>(value.size()));
    void* data = message.payload ? const_cast<char*>(message.payload->data()) : nullptr;
    const size_t size = message.payload ? message.payload->size() : 0;
    const auto error = rd_kafka_producev(
        handle_, RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_PARTITION(static_cast<int32_t>(partition)),
        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_VALUE(data, size), RD_KAFKA_V_HEADERS(headers),
        RD_KAFKA_V_END);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) throw std::runtime_error(rd_kafka_err2str(error));
    if (rd_kafka_flush(handle_, kWaitMs) != RD_KAFKA_RESP_ERR_NO_ERROR) throw std::runtime_error("not kept");
  }

 private:
  rd_kafka_t* handle_;
};

void Check(rd_kafka_error_t* error) {
  if (error == nullptr) return;
  const std::string words = rd_kafka_error_string(error);
  rd_kafka_error_destroy(error);
  throw std::runtime_error(words);
}

}  // namespace

void Produce(const std::string& brokers, const std::string& topic, uint32_t partition,
             const OtherMessage& message) {
  Producer producer(brokers, {});
  producer.Send(topic, partition, message);
}

void ProduceInTransaction(const std::string& brokers, const std::string& topic, uint32_t partition,
                          const std::string& payload, bool commit) {
  Producer producer(brokers, {{"transactional.id", "other"}});
  Check(rd_kafka_init_transactions(producer.handle(), kWaitMs));
  Check(rd_kafka_begin_transaction(producer.handle()));
  producer.Send(topic, partition, {payload, ""});
  Check(commit ? rd_kafka_commit_transaction(producer.handle(), kWaitMs)
               : rd_kafka_abort_transaction(producer.handle(), kWaitMs));
}

}  // namespace signalbox::harness
