// The settings of each topic.
#include "adapters/kafka/topic_plan.hpp"

namespace signalbox::kafka {
namespace {

constexpr const char* kMaxMessageBytes = "2097152";  // a payload of 1 MiB, its key and its headers

// Durable wherever there are brokers enough.
Settings Durable(const EventLogOptions& options, Settings more) {
  more.emplace_back("max.message.bytes", kMaxMessageBytes);
  more.emplace_back("unclean.leader.election.enable", "false");
  more.emplace_back("min.insync.replicas", options.replication_factor >= 3 ? "2" : "1");
  return more;
}

}  // namespace

TopicPlan EventsPlan(const EventLogOptions& options) {
  // Retention is ours (ApplyRetention), so that nothing goes that a checkpoint still needs.
  const Settings kept = {{"retention.ms", "-1"}, {"retention.bytes", "-1"}};
  return {
      options.topic,
      "topic",
      true,
      Durable(options,
              {{"cleanup.policy", "delete"}, {"message.timestamp.type", "LogAppendTime"}, kept[0], kept[1]}),
      {{"message.timestamp.type", "LogAppendTime"},
       {"cleanup.policy", "delete"},
       {"max.message.bytes", kMaxMessageBytes}},
      kept};
}

TopicPlan ItemsPlan(const EventLogOptions& options, const std::string& name) {
  return {name,
          "items_topic",
          false,
          Durable(options, {{"cleanup.policy", "compact"}}),
          // Not "compact,delete": an item that never changes would be dropped by its age.
          {{"cleanup.policy", "compact"}, {"max.message.bytes", kMaxMessageBytes}},
          {}};
}

TopicPlan ExposuresPlan(const EventLogOptions& options, const std::string& name) {
  return {name,
          "exposures_topic",
          false,
          Durable(options, {{"cleanup.policy", "delete"}, {"retention.ms", "604800000"}}),
          {{"cleanup.policy", "delete"}},
          {}};
}

}  // namespace signalbox::kafka
