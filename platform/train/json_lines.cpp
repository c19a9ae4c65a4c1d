// JSON lines: events in the words of POST /events, items as POST /items takes them.
#include <cmath>

#include <nlohmann/json.hpp>

#include "base/time_text.hpp"
#include "train/line_parsers.hpp"
#include "train/text.hpp"

namespace signalbox::train {
namespace {

using nlohmann::json;

constexpr int kMaxDepth = 32;
constexpr int64_t kFirstMilliseconds = int64_t{1} << 31;  // below: seconds

// Counted before parsing: the library has no limit of its own.
bool TooDeep(std::string_view text) {
  int depth = 0;
  bool in_text = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_text) {
      if (c == '\\') ++i;
      if (c == '"') in_text = false;
    } else if (c == '"') {
      in_text = true;
    } else if (c == '{' || c == '[') {
      if (++depth > kMaxDepth) return true;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return false;
}

// Absent and null leave *to empty.
bool TakeId(const json& object, const char* name, bool needed, std::string* to, ParsedLine* line) {
  const auto field = object.find(name);
  if (field == object.end() || field->is_null()) {
    if (needed) line->fault = std::string(name) + " is missing";
    return !needed;
  }
  if (field->is_number_integer()) {
    *to = field->dump();
    return true;
  }
  if (!field->is_string()) {
    line->fault = std::string(name) + " is neither text nor an integer";
    return false;
  }
  *to = field->get<std::string>();
  if (const std::string_view fault = IdFault(*to); !fault.empty()) {
    line->fault = std::string(name) + " " + std::string(fault);
    return false;
  }
  return true;
}

bool TakeTime(const json& object, int64_t* ms, ParsedLine* line) {
  const auto field = object.find("timestamp");
  if (field == object.end() || field->is_null()) return true;
  if (field->is_number_unsigned() && field->get<uint64_t>() < (uint64_t{1} << 53)) {
    *ms = field->get<int64_t>();
    if (*ms >= kFirstMilliseconds) return true;
    line->fault = "timestamp is below 2^31: give milliseconds, not seconds?";
    return false;
  }
  if (field->is_string()) {
    if (const auto time = ParseRfc3339(field->get_ref<const std::string&>())) {
      *ms = *time;
      return true;
    }
  }
  line->fault = "timestamp is neither RFC 3339 nor Unix milliseconds";
  return false;
}

void TakeEvent(const json& object, ParsedLine* line) {
  model::LogRecord record;
  const json& type = object["event_type"];
  if (!type.is_string()) {
    line->fault = "event_type is not text";
    return;
  }
  record.type = type.get<std::string>();
  if (!TakeId(object, "user_id", false, &record.user, line)) return;
  if (!TakeId(object, "session_id", false, &record.session, line)) return;
  if (record.user.empty() && record.session.empty()) {
    line->fault = "user_id and session_id are missing: one is needed";
    return;
  }
  if (!TakeId(object, "item_id", true, &record.item, line)) return;
  std::string item_type;
  if (!TakeId(object, "item_type", false, &item_type, line)) return;
  if (!item_type.empty()) record.item_type = std::move(item_type);
  if (!TakeId(object, "event_id", false, &record.event_id, line)) return;
  record.client_event_id = !record.event_id.empty();
  if (!TakeId(object, "recommendation_id", false, &record.recommendation_id, line)) return;
  if (!TakeTime(object, &record.event_time_ms, line)) return;
  if (const auto value = object.find("value"); value != object.end() && !value->is_null()) {
    if (!value->is_number() || !std::isfinite(value->get<double>())) {
      line->fault = "value is not a number";
      return;
    }
    record.value = value->get<double>();
  }
  if (const auto properties = object.find("properties"); properties != object.end()) {
    if (!properties->is_object() && !properties->is_null()) {
      line->fault = "properties is not an object";
      return;
    }
    if (properties->is_object()) record.properties = properties->dump();
  }
  line->events.push_back(std::move(record));
}

}  // namespace

void ParseJson(std::string_view text, ParsedLine* line) {
  if (!IsUtf8(text)) {
    line->fault = "not UTF-8";
    return;
  }
  if (TooDeep(text)) {
    line->fault = "nested deeper than 32";
    return;
  }
  const json object = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) {
    line->fault = object.is_discarded() ? "not JSON" : "not a JSON object";
    return;
  }
  if (object.contains("event_type")) return TakeEvent(object, line);
  std::string id;
  if (TakeId(object, "item_id", true, &id, line)) line->item_document = text;
}

}  // namespace signalbox::train
