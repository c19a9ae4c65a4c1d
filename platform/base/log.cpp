// spdlog with one JSON object a line.
#include "base/log.hpp"

#include <cmath>

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

namespace signalbox {
namespace {

void AppendQuoted(std::string_view text, std::string* out) {
  out->push_back('"');
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out->push_back('\\');
      out->push_back(c);
    } else if (byte < 0x20 || byte == 0x7f) {
      fmt::format_to(std::back_inserter(*out), "\\u{:04x}", byte);
    } else {
      out->push_back(c);
    }
  }
  out->push_back('"');
}

void AppendValue(const LogValue& value, std::string* out) {
  if (const auto* text = std::get_if<std::string>(&value)) {
    AppendQuoted(*text, out);
  } else if (const auto* number = std::get_if<int64_t>(&value)) {
    fmt::format_to(std::back_inserter(*out), "{}", *number);
  } else if (const auto* real = std::get_if<double>(&value)) {
    if (std::isfinite(*real)) {
      fmt::format_to(std::back_inserter(*out), "{}", *real);
    } else {
      out->append("null");
    }
  } else {
    out->append(std::get<bool>(value) ? "true" : "false");
  }
}

std::shared_ptr<spdlog::logger> MakeLogger() {
  auto logger = spdlog::stderr_color_mt("signalbox");
  logger->set_pattern(R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})", spdlog::pattern_time_type::utc);
  return logger;
}

struct Output {
  std::shared_ptr<spdlog::logger> logger = MakeLogger();
  bool json = true;
};

Output& output() {
  static Output instance;
  return instance;
}

spdlog::level::level_enum ToSpdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarn:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

}  // namespace

Result<void> ConfigureLog(std::string_view level, std::string_view format) {
  auto& out = output();
  if (level == "debug") {
    out.logger->set_level(spdlog::level::debug);
  } else if (level == "info") {
    out.logger->set_level(spdlog::level::info);
  } else if (level == "warn") {
    out.logger->set_level(spdlog::level::warn);
  } else if (level == "error") {
    out.logger->set_level(spdlog::level::err);
  } else {
    return Fail(Error(Code::kInvalidArgument, "unknown log level \"" + std::string(level) + "\"")
                    .WithField("log.level")
                    .WithHint("Use debug, info, warn or error."));
  }
  if (format == "text") {
    out.logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %^%l%$ %v", spdlog::pattern_time_type::utc);
    out.json = false;
  } else if (format != "json") {
    return Fail(Error(Code::kInvalidArgument, "unknown log format \"" + std::string(format) + "\"")
                    .WithField("log.format")
                    .WithHint("Use json or text."));
  }
  return {};
}

void Log(LogLevel level, std::string_view message, LogFields fields) {
  auto& out = output();
  if (!out.logger->should_log(ToSpdlog(level))) return;
  try {
    std::string line;
    if (out.json) {
      line.append(R"("message":)");
      AppendQuoted(message, &line);
    } else {
      line.append(message);
    }
    for (const auto& [key, value] : fields) {
      if (out.json) {
        line.push_back(',');
        AppendQuoted(key, &line);
        line.push_back(':');
      } else {
        line.append(" ").append(key).append("=");
      }
      AppendValue(value, &line);
    }
    out.logger->log(ToSpdlog(level), "{}", line);
  } catch (...) {
    // A log line that cannot be written is dropped: logging never fails its caller.
  }
}

}  // namespace signalbox
