// What each of our topics must be like.
#pragma once

#include <string>

#include "adapters/kafka/client.hpp"

namespace signalbox::kafka {

struct TopicPlan {
  std::string name;
  std::string key;        // event_log.kafka.<key> names it in errors
  bool fixed_partitions;  // must have as many partitions as the configuration says
  Settings made_with;     // of a topic that is made here
  Settings required;      // of any; "max.message.bytes" may be more
  Settings expected;      // a topic with others is used, with a warning
};

// Keeps everything: retention is ours. One partition count for ever.
TopicPlan EventsPlan(const EventLogOptions& options);
// Compacted: the last message of a key stays.
TopicPlan ItemsPlan(const EventLogOptions& options, const std::string& name);
// Messages go after a week, or when whoever made the topic says.
TopicPlan ExposuresPlan(const EventLogOptions& options, const std::string& name);

}  // namespace signalbox::kafka
