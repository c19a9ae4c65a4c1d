// librdkafka used plainly.
#include "harness/other_consumer.hpp"

#include <librdkafka/rdkafka.h>

#include <memory>
#include <stdexcept>

namespace signalbox::harness {
namespace {

constexpr int kWaitMs = 15'000;

struct HandleDeleter {
  void operator()(rd_kafka_t* handle) const {
    rd_kafka_consumer_close(handle);
    rd_kafka_destroy(handle);
  }
};
using Handle = std::unique_ptr<rd_kafka_t, HandleDeleter>;

Handle Connect(const std::string& brokers) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  char reason[256] = {};
  for (const auto& [name, value] : {std::pair{"bootstrap.servers", brokers.c_str()},
                                    {"group.id", "reader"},
                                    {"enable.auto.commit", "false"},
                                    {"auto.offset.reset", "earliest"},
                                    {"enable.partition.eof", "true"}}) {
    if (rd_kafka_conf_set(conf, name, value, reason, sizeof reason) != RD_KAFKA_CONF_OK)
      throw std::runtime_error(reason);
  }
  rd_kafka_t* handle = rd_kafka_new(RD_KAFKA_CONSUMER, conf, reason, sizeof reason);
  if (handle == nullptr) throw std::runtime_error(reason);
  rd_kafka_poll_set_consumer(handle);
  return Handle(handle);
}

int PartitionsOf(rd_kafka_t* handle, const std::string& name) {
  rd_kafka_topic_t* topic = rd_kafka_topic_new(handle, name.c_str(), nullptr);
  const rd_kafka_metadata_t* metadata = nullptr;
  const auto error = rd_kafka_metadata(handle, 0, topic, &metadata, kWaitMs);
  rd_kafka_topic_destroy(topic);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) throw std::runtime_error(rd_kafka_err2str(error));
  const int count = metadata->topic_cnt == 1 ? metadata->topics[0].partition_cnt : 0;
  rd_kafka_metadata_destroy(metadata);
  return count;
}

std::string Text(const void* data, size_t size) { return {static_cast<const char*>(data), size}; }

ReadMessage Read(const rd_kafka_message_t& message) {
  ReadMessage read{static_cast<uint32_t>(message.partition),
                   static_cast<uint64_t>(message.offset),
                   message.key == nullptr ? std::string() : Text(message.key, message.key_len),
                   std::nullopt,
                   {}};
  if (message.payload != nullptr) read.value = Text(message.payload, message.len);
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return read;
  const char* name = nullptr;
  const void* value = nullptr;
  size_t size = 0;
  for (size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
       ++i)
    read.headers[name] = Text(value, size);
  return read;
}

}  // namespace

std::vector<ReadMessage> ReadTopic(const std::string& brokers, const std::string& topic) {
  const Handle handle = Connect(brokers);
  const int partitions = PartitionsOf(handle.get(), topic);
  if (partitions == 0) return {};
  rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(partitions);
  for (int p = 0; p < partitions; ++p) {
    rd_kafka_topic_partition_list_add(list, topic.c_str(), p)->offset = RD_KAFKA_OFFSET_BEGINNING;
  }
  const auto assigned = rd_kafka_assign(handle.get(), list);
  rd_kafka_topic_partition_list_destroy(list);
  if (assigned != RD_KAFKA_RESP_ERR_NO_ERROR) throw std::runtime_error(rd_kafka_err2str(assigned));
  std::map<int, std::vector<ReadMessage>> read;
  for (int ended = 0; ended < partitions;) {
    rd_kafka_message_t* message = rd_kafka_consumer_poll(handle.get(), kWaitMs);
    if (message == nullptr) throw std::runtime_error("nothing came of topic " + topic);
    const auto error = message->err;
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) read[message->partition].push_back(Read(*message));
    rd_kafka_message_destroy(message);
    if (error == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      ++ended;
    } else if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
      throw std::runtime_error(rd_kafka_err2str(error));
    }
  }
  std::vector<ReadMessage> all;
  for (auto& [partition, messages] : read) {
    for (auto& message : messages) all.push_back(std::move(message));
  }
  return all;
}

}  // namespace signalbox::harness
