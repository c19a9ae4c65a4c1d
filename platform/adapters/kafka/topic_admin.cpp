// The administrative requests of librdkafka, each as a call that ends in time.
#include "adapters/kafka/topic_admin.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

#include "base/log.hpp"

namespace signalbox::kafka {
namespace {

constexpr auto kAgain = std::chrono::milliseconds(20);

struct QueueDeleter {
  void operator()(rd_kafka_queue_t* queue) const { rd_kafka_queue_destroy(queue); }
};
struct EventDeleter {
  void operator()(rd_kafka_event_t* event) const { rd_kafka_event_destroy(event); }
};
struct OptionsDeleter {
  void operator()(rd_kafka_AdminOptions_t* options) const { rd_kafka_AdminOptions_destroy(options); }
};
struct ListDeleter {
  void operator()(rd_kafka_topic_partition_list_t* list) const {
    rd_kafka_topic_partition_list_destroy(list);
  }
};
using Event = std::unique_ptr<rd_kafka_event_t, EventDeleter>;
using PartitionList = std::unique_ptr<rd_kafka_topic_partition_list_t, ListDeleter>;

// Sends one administrative request with `send(options, queue)` and waits for its answer.
template <typename Send>
Result<Event> Ask(rd_kafka_t* handle, const std::string& what, rd_kafka_admin_op_t kind, int timeout_ms,
                  const Send& send) {
  const std::unique_ptr<rd_kafka_queue_t, QueueDeleter> queue(rd_kafka_queue_new(handle));
  const std::unique_ptr<rd_kafka_AdminOptions_t, OptionsDeleter> options(
      rd_kafka_AdminOptions_new(handle, kind));
  char ignored[256];
  rd_kafka_AdminOptions_set_request_timeout(options.get(), timeout_ms, ignored, sizeof ignored);
  send(options.get(), queue.get());
  Event event(rd_kafka_queue_poll(queue.get(), timeout_ms + 1000));
  if (!event) return Fail(Unavailable(what, RD_KAFKA_RESP_ERR__TIMED_OUT));
  if (const auto error = rd_kafka_event_error(event.get()); error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return Fail(Unavailable(what, error));
  }
  return event;
}

// What a partition answers for a moment when it was just made or has a new leader.
bool MovesOn(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION ||
         error == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE ||
         error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART || error == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION ||
         error == RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE;
}

Error Unfit(const std::string& topic, const std::string& field, const std::string& reason, std::string hint) {
  return Error(Code::kInvalidArgument, "event_log.kafka." + field + ": topic " + topic + " " + reason)
      .WithField("event_log.kafka." + field)
      .WithHint(std::move(hint));
}

}  // namespace

Result<ports::LogRange> QueryRange(rd_kafka_t* handle, const EventLogOptions& options,
                                   const std::string& topic, uint32_t partition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(options.answer_timeout_ms);
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    int64_t first = 0, last = 0;
    const auto error =
        rd_kafka_query_watermark_offsets(handle, topic.c_str(), static_cast<int32_t>(partition), &first,
                                         &last, static_cast<int>(std::max<int64_t>(left.count(), 1)));
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
      return ports::LogRange{static_cast<uint64_t>(first), static_cast<uint64_t>(last)};
    }
    if (!MovesOn(error) || left < kAgain) {
      return Fail(Unavailable("the range of " + topic + "-" + std::to_string(partition), error));
    }
    std::this_thread::sleep_for(kAgain);
  }
}

Result<std::unique_ptr<TopicAdmin>> TopicAdmin::Connect(const EventLogOptions& options) {
  auto conf = MakeConf(options, {});
  if (!conf) return Fail(conf.error());
  auto handle = MakeHandle(RD_KAFKA_PRODUCER, std::move(*conf));
  if (!handle) return Fail(handle.error());
  return std::unique_ptr<TopicAdmin>(new TopicAdmin(options, std::move(*handle)));
}

Result<int> TopicAdmin::CountPartitions(const std::string& name, bool* leaders) const {
  const Topic topic(rd_kafka_topic_new(handle_.get(), name.c_str(), nullptr));
  const rd_kafka_metadata_t* metadata = nullptr;
  const auto error = rd_kafka_metadata(handle_.get(), 0, topic.get(), &metadata, options_.answer_timeout_ms);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return Fail(Unavailable("the brokers " + options_.brokers + " do not answer", error));
  }
  int count = 0;
  *leaders = true;
  for (int i = 0; i < metadata->topic_cnt; ++i) {
    const auto& found = metadata->topics[i];
    if (found.err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) continue;
    count = found.partition_cnt;
    for (int p = 0; p < count; ++p) *leaders = *leaders && found.partitions[p].leader >= 0;
  }
  rd_kafka_metadata_destroy(metadata);
  return count;
}

Result<void> TopicAdmin::Ensure(const TopicPlan& plan) {
  bool leaders = false;
  auto count = CountPartitions(plan.name, &leaders);
  if (!count) return Fail(count.error());
  if (*count == 0) {
    if (auto made = Create(plan); !made) return made;
  }
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(options_.answer_timeout_ms);
  while (*count == 0 || !leaders) {
    count = CountPartitions(plan.name, &leaders);
    if (!count) return Fail(count.error());
    if (*count > 0 && leaders) break;
    if (std::chrono::steady_clock::now() > end) {
      return Fail(Unavailable("topic " + plan.name + " has partitions without a leader",
                              RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  if (plan.fixed_partitions && static_cast<uint32_t>(*count) != options_.partitions) {
    return Fail(Unfit(plan.name, "partitions",
                      "has " + std::to_string(*count) + " partitions, the configuration says " +
                          std::to_string(options_.partitions),
                      "Set it to " + std::to_string(*count) +
                          "; how a topic's partitions are grown stands in docs/guides/scaling.md."));
  }
  // A leader is named before it is ready to take records.
  for (int p = 0; p < *count; ++p) {
    const auto range = QueryRange(handle_.get(), options_, plan.name, static_cast<uint32_t>(p));
    if (!range) return Fail(range.error());
  }
  return CheckSettings(plan);
}

Result<void> TopicAdmin::Create(const TopicPlan& plan) {
  char reason[512] = {};
  auto* topic = rd_kafka_NewTopic_new(plan.name.c_str(), static_cast<int>(options_.partitions),
                                      options_.replication_factor, reason, sizeof reason);
  if (topic == nullptr) return Fail(Unfit(plan.name, plan.key, "cannot be made:", reason));
  for (const auto& [name, value] : plan.made_with) {
    rd_kafka_NewTopic_set_config(topic, name.c_str(), value.c_str());
  }
  auto answer = Ask(handle_.get(), "making topic " + plan.name, RD_KAFKA_ADMIN_OP_CREATETOPICS,
                    options_.answer_timeout_ms, [&](const auto* options, auto* queue) {
                      rd_kafka_CreateTopics(handle_.get(), &topic, 1, options, queue);
                    });
  rd_kafka_NewTopic_destroy(topic);
  if (!answer) return Fail(answer.error());
  size_t count = 0;
  const auto* results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(answer->get()), &count);
  for (size_t i = 0; i < count; ++i) {
    const auto error = rd_kafka_topic_result_error(results[i]);
    // Another node was quicker.
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR || error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) continue;
    const char* words = rd_kafka_topic_result_error_string(results[i]);
    return Fail(Unfit(plan.name, plan.key,
                      "cannot be made: " + std::string(words ? words : rd_kafka_err2str(error)),
                      "Make it yourself, or check replication_factor and the rights of this client."));
  }
  LogInfo("made a topic", {{"topic", plan.name}, {"partitions", static_cast<int64_t>(options_.partitions)}});
  return {};
}

Result<Settings> TopicAdmin::SettingsOf(const std::string& topic) const {
  auto* resource = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str());
  auto answer = Ask(handle_.get(), "the settings of topic " + topic, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS,
                    options_.answer_timeout_ms, [&](const auto* options, auto* queue) {
                      rd_kafka_DescribeConfigs(handle_.get(), &resource, 1, options, queue);
                    });
  rd_kafka_ConfigResource_destroy(resource);
  if (!answer) return Fail(answer.error());
  size_t resources = 0;
  const auto** found = rd_kafka_DescribeConfigs_result_resources(
      rd_kafka_event_DescribeConfigs_result(answer->get()), &resources);
  Settings settings;
  if (resources == 0 || rd_kafka_ConfigResource_error(found[0]) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    LogWarn("the settings of a topic cannot be checked", {{"topic", topic}});
    return settings;
  }
  size_t entries = 0;
  const auto** entry = rd_kafka_ConfigResource_configs(found[0], &entries);
  for (size_t i = 0; i < entries; ++i) {
    const char* text = rd_kafka_ConfigEntry_value(entry[i]);
    settings.emplace_back(rd_kafka_ConfigEntry_name(entry[i]), text ? text : "");
  }
  return settings;
}

Result<void> TopicAdmin::CheckSettings(const TopicPlan& plan) const {
  const auto settings = SettingsOf(plan.name);
  if (!settings) return Fail(settings.error());
  for (const auto& [name, value] : *settings) {
    for (const auto& [key, wanted] : plan.required) {
      const bool enough =
          name == "max.message.bytes" && std::atoll(value.c_str()) >= std::atoll(wanted.c_str());
      if (name != key || value == wanted || enough) continue;
      return Fail(Unfit(plan.name, plan.key, "has " + name + "=" + value,
                        "Set it to " + wanted + " with kafka-configs.sh, or name another topic."));
    }
    for (const auto& [key, wanted] : plan.expected) {
      if (name != key || value == wanted) continue;
      LogWarn("the brokers drop old records by themselves: a start from an older checkpoint may then fail",
              {{"topic", plan.name}, {name, value}});
    }
  }
  return {};
}

Result<ports::LogRange> TopicAdmin::Range(uint32_t partition) const {
  return QueryRange(handle_.get(), options_, options_.topic, partition);
}

Result<uint64_t> TopicAdmin::OffsetAt(uint32_t partition, int64_t time_ms) const {
  const PartitionList list(rd_kafka_topic_partition_list_new(1));
  auto* asked =
      rd_kafka_topic_partition_list_add(list.get(), options_.topic.c_str(), static_cast<int32_t>(partition));
  asked->offset = time_ms;
  const auto error = rd_kafka_offsets_for_times(handle_.get(), list.get(), options_.answer_timeout_ms);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return Fail(Unavailable("offsets by time", error));
  if (asked->err != RD_KAFKA_RESP_ERR_NO_ERROR) return Fail(Unavailable("offsets by time", asked->err));
  if (asked->offset >= 0) return static_cast<uint64_t>(asked->offset);
  const auto range = Range(partition);
  if (!range) return Fail(range.error());
  return range->end;
}

Result<void> TopicAdmin::DropBefore(const model::Offsets& offsets) {
  const PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(offsets.size())));
  for (uint32_t p = 0; p < offsets.size(); ++p) {
    rd_kafka_topic_partition_list_add(list.get(), options_.topic.c_str(), static_cast<int32_t>(p))->offset =
        static_cast<int64_t>(offsets[p]);
  }
  auto* order = rd_kafka_DeleteRecords_new(list.get());
  auto answer =
      Ask(handle_.get(), "dropping old records of " + options_.topic, RD_KAFKA_ADMIN_OP_DELETERECORDS,
          options_.answer_timeout_ms, [&](const auto* options, auto* queue) {
            rd_kafka_DeleteRecords(handle_.get(), &order, 1, options, queue);
          });
  rd_kafka_DeleteRecords_destroy(order);
  if (!answer) return Fail(answer.error());
  const auto* dropped =
      rd_kafka_DeleteRecords_result_offsets(rd_kafka_event_DeleteRecords_result(answer->get()));
  for (int i = 0; i < dropped->cnt; ++i) {
    if (dropped->elems[i].err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return Fail(Unavailable("dropping old records of " + options_.topic, dropped->elems[i].err));
    }
  }
  return {};
}

}  // namespace signalbox::kafka
