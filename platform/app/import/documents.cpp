// Events to JSON.
#include "app/import/documents.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "base/hash.hpp"
#include "ports/http.hpp"

namespace signalbox::app {
namespace {

void AppendText(std::string_view name, std::string_view value, std::string* out) {
  if (value.empty()) return;
  if (out->back() != '{') out->push_back(',');
  out->append("\"").append(name).append("\":");
  ports::AppendJsonText(value, out);
}

}  // namespace

std::string EventJson(const model::LogRecord& record) {
  std::string json = "{";
  json.reserve(200);
  AppendText("event_id", record.event_id, &json);
  AppendText("user_id", record.user, &json);
  AppendText("session_id", record.session, &json);
  AppendText("item_id", record.item, &json);
  if (record.item_type != model::kDefaultItemType) AppendText("item_type", record.item_type, &json);
  AppendText("event_type", record.type, &json);
  if (record.event_time_ms != 0) json += ",\"timestamp\":" + std::to_string(record.event_time_ms);
  if (std::isfinite(record.value)) {
    std::array<char, 40> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), record.value).ptr;
    json.append(",\"value\":").append(digits.data(), end);
  }
  AppendText("recommendation_id", record.recommendation_id, &json);
  if (!record.properties.empty()) json += ",\"properties\":" + record.properties;
  json += '}';
  return json;
}

std::string ImportedEventId(std::string_view file, uint64_t line, uint64_t text_hash, size_t position) {
  std::string source(file);
  source += '\0';
  source += std::to_string(text_hash);
  std::array<char, 96> id;
  std::snprintf(id.data(), id.size(), "import-%016llx-%llu-%zu",
                static_cast<unsigned long long>(Checksum64(source.data(), source.size())),
                static_cast<unsigned long long>(line), position);
  return id.data();
}

}  // namespace signalbox::app
