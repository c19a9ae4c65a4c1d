// A librdkafka handle: its settings, its log, its errors, and an end that does not hang.
#pragma once

#include <librdkafka/rdkafka.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "adapters/kafka/kafka_event_log.hpp"
#include "base/result.hpp"

namespace signalbox::kafka {

using Settings = std::vector<std::pair<std::string, std::string>>;

struct ConfDeleter {
  void operator()(rd_kafka_conf_t* conf) const { rd_kafka_conf_destroy(conf); }
};
using Conf = std::unique_ptr<rd_kafka_conf_t, ConfDeleter>;

struct TopicDeleter {
  void operator()(rd_kafka_topic_t* topic) const { rd_kafka_topic_destroy(topic); }
};
using Topic = std::unique_ptr<rd_kafka_topic_t, TopicDeleter>;

// Ends the handle on a thread of its own and waits ten seconds at most: librdkafka may block there
// when a partition or a broker was lost. What does not end is left to itself, and logged.
struct HandleDeleter {
  void operator()(rd_kafka_t* handle) const;
};
using Handle = std::unique_ptr<rd_kafka_t, HandleDeleter>;

// The same for a consumer, which has to give its partitions back first: five seconds more at most.
struct ConsumerDeleter {
  void operator()(rd_kafka_t* handle) const;
};
using Consumer = std::unique_ptr<rd_kafka_t, ConsumerDeleter>;

// The settings every client has (brokers, no Nagle, quick reconnects, our log), those of
// options.client, then `settings`, which win.
// Errors: kInvalidArgument, field event_log.kafka.client, for what librdkafka does not know.
Result<Conf> MakeConf(const EventLogOptions& options, const Settings& settings);

// Errors: kInvalidArgument with librdkafka's reason.
Result<Handle> MakeHandle(rd_kafka_type_t type, Conf conf);

// As kUnavailable: "<what>: <librdkafka's words>", with the hint to look at the brokers.
Error Unavailable(const std::string& what, rd_kafka_resp_err_t error);

}  // namespace signalbox::kafka
