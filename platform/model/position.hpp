// Where a record stands in the event log.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace signalbox::model {

// Comparable within a partition only.
struct LogPosition {
  uint32_t partition = 0;
  uint64_t offset = 0;
  bool operator==(const LogPosition&) const = default;
};

// The opaque text of the API, "<partition>-<offset>".
std::string ToString(LogPosition position);
// Errors: kInvalidArgument, field "after".
Result<LogPosition> ParsePosition(std::string_view text);

// Per partition the offset of the next record to apply.
using Offsets = std::vector<uint64_t>;

}  // namespace signalbox::model
