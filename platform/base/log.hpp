// Structured logs: one JSON object a line, on standard error.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/result.hpp"

namespace signalbox {

enum class LogLevel { kDebug, kInfo, kWarn, kError };

using LogValue = std::variant<std::string, int64_t, double, bool>;
using LogFields = std::initializer_list<std::pair<std::string_view, LogValue>>;

// Sets level and format once, at start. Errors: kInvalidArgument for an unknown level or format.
// level: "debug", "info", "warn", "error"; format: "json" or "text".
Result<void> ConfigureLog(std::string_view level, std::string_view format);

// Writes one line: time, level, message, fields. Never throws. Threads: any.
// Log("event log is full", {{"segment", 12}}) has no personal data in it: ids of users are not logged.
void Log(LogLevel level, std::string_view message, LogFields fields = {});

inline void LogDebug(std::string_view message, LogFields fields = {}) {
  Log(LogLevel::kDebug, message, fields);
}
inline void LogInfo(std::string_view message, LogFields fields = {}) {
  Log(LogLevel::kInfo, message, fields);
}
inline void LogWarn(std::string_view message, LogFields fields = {}) {
  Log(LogLevel::kWarn, message, fields);
}
inline void LogError(std::string_view message, LogFields fields = {}) {
  Log(LogLevel::kError, message, fields);
}

}  // namespace signalbox
