// The event log that the configuration names.
#pragma once

#include <memory>

#include "app/config/config.hpp"
#include "base/clock.hpp"
#include "ports/event_log.hpp"

namespace signalbox::app {

// With Kafka it waits up to a minute for a broker that is away, and logs that it does.
// Errors: those of the adapters. Lifetime: the clock outlives the log.
Result<std::unique_ptr<ports::EventLog>> OpenEventLog(const Settings& settings, const Clock& clock);

}  // namespace signalbox::app
