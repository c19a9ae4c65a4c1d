// What is sent: one JSON object of an event or an item, and where it came from.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "model/event.hpp"

namespace signalbox::app {

struct Document {
  std::string json;
  uint32_t file = 0;  // in the import's list
  uint64_t line = 0;
};

// The event as POST /events takes it; an event_time_ms of 0 is left out.
std::string EventJson(const model::LogRecord& record);

// An id that the same line of the same file gets each time, so that a repeated import counts once.
// file: its name without folders.
std::string ImportedEventId(std::string_view file, uint64_t line, uint64_t text_hash, size_t position);

}  // namespace signalbox::app
