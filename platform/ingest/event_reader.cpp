// Checks of each field of an event.
#include "ingest/event_reader.hpp"

#include <algorithm>
#include <cmath>

#include "base/nearest.hpp"
#include "base/time_text.hpp"
#include "ingest/json_reader.hpp"

namespace signalbox::ingest {
namespace {

using simdjson::dom::element;

enum Field : size_t {
  kUserId,
  kSessionId,
  kItemId,
  kItemType,
  kEventType,
  kTimestamp,
  kEventId,
  kValue,
  kRecommendationId,
  kProperties,
  kFields
};

// Stands in the order of the enumeration.
const std::vector<std::string> kFieldNames = {"user_id",           "session_id", "item_id",  "item_type",
                                              "event_type",        "timestamp",  "event_id", "value",
                                              "recommendation_id", "properties"};

constexpr int64_t kSmallestMs = int64_t{1} << 31;  // in seconds this is the year 2038, in ms 1970

Result<int64_t> CheckTime(int64_t ms, int64_t now_ms) {
  if (ms > now_ms + kMaxAheadMs) {
    return Fail(
        FieldError("timestamp", "is more than 5 minutes ahead", "Check the sender's clock and time zone."));
  }
  return ms;
}

Result<int64_t> ReadTime(const element& value, int64_t now_ms) {
  std::string_view text;
  if (value.get(text) == simdjson::SUCCESS) {
    const auto ms = ParseRfc3339(text);
    if (ms) return CheckTime(*ms, now_ms);
    return Fail(FieldError("timestamp", "is not a time",
                           "Give RFC 3339 with a zone, 2026-11-01T09:30:00Z, or Unix milliseconds."));
  }
  double number = 0;
  if (!value.is_number() || value.get(number) != simdjson::SUCCESS) {
    return Fail(
        FieldError("timestamp", "is neither text nor a number", "Give RFC 3339 or Unix milliseconds."));
  }
  if (number < static_cast<double>(kSmallestMs)) {
    return Fail(
        FieldError("timestamp", "is too small for Unix milliseconds", "Is it in seconds? Multiply by 1000."));
  }
  if (number > 9e15) {  // also keeps the conversion exact
    return Fail(
        FieldError("timestamp", "is more than 5 minutes ahead", "Is it in microseconds? Divide by 1000."));
  }
  return CheckTime(static_cast<int64_t>(number), now_ms);
}

Result<double> ReadValue(const element& value) {
  double number = 0;
  if (!value.is_number() || value.get(number) != simdjson::SUCCESS || !std::isfinite(number)) {
    return Fail(FieldError("value", "is not a finite number", "Give a number, or leave it out."));
  }
  return number;
}

Result<std::string> ReadProperties(const element& value) {
  if (!value.is_object()) {
    return Fail(FieldError("properties", "is not an object", "Give {\"name\": value, …}, or leave it out."));
  }
  std::string text = simdjson::minify(value);
  if (text.size() > kMaxPropertiesBytes) {
    return Fail(FieldError("properties", "has " + std::to_string(text.size()) + " bytes",
                           "Give at most " + std::to_string(kMaxPropertiesBytes) + "."));
  }
  return text;
}

template <typename T>
Result<void> Put(Result<T> from, T* to) {
  if (!from) return Fail(std::move(from.error()));
  *to = std::move(*from);
  return {};
}

Result<void> CheckWhole(const model::LogRecord& record) {
  if (record.item.empty())
    return Fail(FieldError("item_id", "is missing", "Say which item the event is about."));
  if (record.type.empty())
    return Fail(FieldError("event_type", "is missing", "Say what happened, such as view."));
  if (record.user.empty() && record.session.empty()) {
    return Fail(FieldError("user_id", "and session_id are both missing", "Give at least one of them."));
  }
  return {};
}

}  // namespace

const std::vector<std::string>& EventFields() { return kFieldNames; }

EventReader::EventReader(std::vector<std::string> event_types) : event_types_(std::move(event_types)) {}

Result<std::string> EventReader::ReadType(std::string_view given) const {
  std::string lower(given);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (std::find(event_types_.begin(), event_types_.end(), lower) != event_types_.end()) return lower;
  const std::string shown = lower.substr(0, 64);
  const std::string nearest = Nearest(shown, event_types_);
  std::string hint = nearest.empty() ? std::string() : "Did you mean " + nearest + "? ";
  hint += "Event types of your own are registered in the configuration (events.types).";
  return Fail(FieldError("event_type", "\"" + shown + "\" is not registered", std::move(hint)));
}

Result<model::LogRecord> EventReader::Read(std::string_view json, int64_t now_ms) const {
  auto object = ParseObject(json, kMaxEventBytes);
  if (!object) return Fail(std::move(object.error()));
  model::LogRecord record;
  record.event_time_ms = now_ms;
  unsigned given = 0;
  const auto read = [&](Field field, const element& value) -> Result<void> {
    switch (field) {
      case kUserId:
        return Put(ReadId(value, "user_id"), &record.user);
      case kSessionId:
        return Put(ReadId(value, "session_id"), &record.session);
      case kItemId:
        return Put(ReadId(value, "item_id"), &record.item);
      case kItemType:
        return Put(ReadId(value, "item_type"), &record.item_type);
      case kEventType: {
        std::string_view text;
        if (value.get(text) != simdjson::SUCCESS)
          return Fail(FieldError("event_type", "is not text", "Such as \"view\"."));
        return Put(ReadType(text), &record.type);
      }
      case kTimestamp:
        return Put(ReadTime(value, now_ms), &record.event_time_ms);
      case kEventId:
        record.client_event_id = true;
        return Put(ReadId(value, "event_id"), &record.event_id);
      case kValue:
        return Put(ReadValue(value), &record.value);
      case kRecommendationId:
        return Put(ReadId(value, "recommendation_id"), &record.recommendation_id);
      case kProperties:
        return Put(ReadProperties(value), &record.properties);
      case kFields:
        break;
    }
    return {};
  };
  for (const auto& [key, value] : *object) {
    const auto name = std::find(kFieldNames.begin(), kFieldNames.end(), key);
    if (name == kFieldNames.end()) return Fail(UnknownField(key, kFieldNames));
    const auto field = static_cast<Field>(name - kFieldNames.begin());
    if ((given >> field & 1) != 0) return Fail(FieldError(key, "is given twice", "Give it once."));
    given |= 1u << field;
    if (value.is_null()) continue;
    if (auto ok = read(field, value); !ok) return Fail(std::move(ok.error()));
  }
  if (auto ok = CheckWhole(record); !ok) return Fail(std::move(ok.error()));
  return record;
}

Result<MergeSource> ReadMerge(std::string_view json) {
  static const std::vector<std::string> kNames = {"from_user_id", "from_session_id"};
  auto object = ParseObject(json, kMaxEventBytes);
  if (!object) return Fail(std::move(object.error()));
  MergeSource source;
  for (const auto& [key, value] : *object) {
    if (key != kNames[0] && key != kNames[1]) return Fail(UnknownField(key, kNames));
    if (value.is_null()) continue;
    if (!source.id.empty()) {
      return Fail(
          FieldError(key, "comes with another source", "Give one of from_user_id and from_session_id."));
    }
    auto id = ReadId(value, key);
    if (!id) return Fail(std::move(id.error()));
    source = {std::move(*id), key == kNames[0]};
  }
  if (!source.id.empty()) return source;
  return Fail(FieldError("from_session_id", "is missing", "Give one of from_user_id and from_session_id."));
}

}  // namespace signalbox::ingest
