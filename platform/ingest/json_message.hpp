// Events that other producers write to the event log as plain JSON (docs/api/kafka-event.schema.json).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "ingest/event_reader.hpp"
#include "model/position.hpp"

namespace signalbox::ingest {

// Threads: any.
class JsonMessageReader {
 public:
  // event_types: registered names, lower case.
  explicit JsonMessageReader(std::vector<std::string> event_types) : reader_(std::move(event_types)) {}

  // The record's bytes (model::EncodeRecord) of one event, by the rules of POST /events, with the
  // append time for now. An absent event_id is made of the position, so that a replay gives the same.
  // tenant: empty = the default one.
  // Errors: kInvalidArgument and kTooLarge; the message says all, the field included.
  Result<std::string> Encode(std::string_view json, std::string_view tenant, model::LogPosition position,
                             int64_t append_ms) const;

 private:
  EventReader reader_;
};

}  // namespace signalbox::ingest
