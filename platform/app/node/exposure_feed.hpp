// Where a recommender says what it has recommended to whom.
#pragma once

#include <memory>

#include "app/config/config.hpp"
#include "ports/message_topic.hpp"
#include "ports/metrics.hpp"

namespace signalbox::app {

// Null where the node does not recommend, the event log is embedded, or no topic is named. Waits for a
// broker as OpenEventLog does. Errors: those of the topic. Lifetime: metrics outlives it.
Result<std::unique_ptr<ports::MessageTopic>> OpenExposures(const Settings& settings, ports::Metrics& metrics);

}  // namespace signalbox::app
