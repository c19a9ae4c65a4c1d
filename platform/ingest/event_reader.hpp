// One event's JSON to a record of the log: what POST /events accepts, and with which limits.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/event.hpp"

namespace signalbox::ingest {

inline constexpr size_t kMaxEventBytes = size_t{64} << 10;
inline constexpr size_t kMaxPropertiesBytes = size_t{16} << 10;
inline constexpr int64_t kMaxAheadMs = 5 * 60 * 1000;

// Threads: any.
class EventReader {
 public:
  // event_types: registered names, lower case.
  explicit EventReader(std::vector<std::string> event_types);

  // Tenant is left at its default. An absent event_id stays empty. A null field is an absent one.
  // Requires: 64 readable bytes after the text.
  // Errors: kInvalidArgument and kTooLarge with the field (a valid one or the unknown one) and a
  //         hint; no field where it is not a JSON object at all.
  Result<model::LogRecord> Read(std::string_view json, int64_t now_ms) const;

  const std::vector<std::string>& event_types() const { return event_types_; }

 private:
  Result<std::string> ReadType(std::string_view given) const;

  const std::vector<std::string> event_types_;
};

// The names of an event's fields.
const std::vector<std::string>& EventFields();

// The body of a merge: {"from_user_id"} or {"from_session_id"}, exactly one of them.
struct MergeSource {
  std::string id;
  bool is_user = false;
};
// Requires and errors as EventReader::Read.
Result<MergeSource> ReadMerge(std::string_view json);

}  // namespace signalbox::ingest
