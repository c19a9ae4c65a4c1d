// Text form of log positions.
#include "model/position.hpp"

#include <charconv>

namespace signalbox::model {

std::string ToString(LogPosition position) {
  return std::to_string(position.partition) + '-' + std::to_string(position.offset);
}

Result<LogPosition> ParsePosition(std::string_view text) {
  LogPosition position;
  const char* end = text.data() + text.size();
  const auto partition = std::from_chars(text.data(), end, position.partition);
  if (partition.ec == std::errc() && partition.ptr != end && *partition.ptr == '-') {
    const auto offset = std::from_chars(partition.ptr + 1, end, position.offset);
    if (offset.ec == std::errc() && offset.ptr == end) return position;
  }
  return Fail(Error(Code::kInvalidArgument, "not a log position")
                  .WithField("after")
                  .WithHint("Pass the \"position\" of an answer to POST /events unchanged."));
}

}  // namespace signalbox::model
