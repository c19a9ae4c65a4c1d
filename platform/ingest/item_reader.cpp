// Checks of items' attributes and vectors.
#include "ingest/item_reader.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/time_text.hpp"
#include "ingest/event_reader.hpp"
#include "ingest/json_reader.hpp"

namespace signalbox::ingest {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;

bool IsName(std::string_view name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return !name.empty() && name.size() <= 64 && letter(name[0]) &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '_'; });
}

Error BadName(std::string_view name) {
  return FieldError(name.substr(0, 64), "is no attribute name",
                    "Use a letter, then letters, digits and underscores, 64 at most.");
}

Result<model::AttributeValue> ReadList(std::string_view name, const simdjson::dom::array& array) {
  std::vector<std::string> list;
  for (const element value : array) {
    if (list.size() == kMaxListEntries) {
      return Fail(
          FieldError(name, "has more than " + std::to_string(kMaxListEntries) + " entries", "Give fewer."));
    }
    if (!value.is_string()) {
      return Fail(FieldError(name, "is a list with something else than text",
                             "Lists hold text; numbers for similarity go into vectors."));
    }
    auto text = ReadText(value, name, kMaxTextBytes);
    if (!text) return Fail(std::move(text.error()));
    list.push_back(std::move(*text));
  }
  return list;
}

Result<model::AttributeValue> ReadTextOrTime(std::string_view name, const element& value) {
  auto text = ReadText(value, name, kMaxTextBytes);
  if (!text) return Fail(std::move(text.error()));
  if (!name.ends_with("_at")) return *text;
  const auto ms = ParseRfc3339(*text);
  if (ms) return model::TimeMs{*ms};
  return Fail(FieldError(name, "is not a time", "Give RFC 3339 with a zone, 2026-11-01T09:30:00Z."));
}

Result<model::AttributeValue> ReadValue(std::string_view name, const element& value) {
  switch (value.type()) {
    case element_type::STRING:
      return ReadTextOrTime(name, value);
    case element_type::BOOL:
      return value.get_bool().value_unsafe();
    case element_type::INT64:
    case element_type::UINT64:
    case element_type::DOUBLE: {
      double number = 0;
      if (value.get(number) == simdjson::SUCCESS && std::isfinite(number)) return number;
      return Fail(FieldError(name, "is not a finite number", "Leave the attribute out."));
    }
    case element_type::ARRAY:
      return ReadList(name, value.get_array().value_unsafe());
    default:
      return Fail(
          FieldError(name, "is an object", "Attributes are flat: numbers, text, booleans, lists of text."));
  }
}

Result<void> CheckKind(std::string_view name, const model::AttributeValue& value) {
  auto expected = model::KnownAttributeKind(name);
  if (!expected && name.ends_with("_at")) expected = model::AttributeKind::kTime;
  const auto kind = model::KindOf(value);
  if (!expected || *expected == kind) return {};
  const std::string wanted(ToString(*expected));
  return Fail(FieldError(name, "is a " + std::string(ToString(kind)) + " where a " + wanted + " is expected",
                         *expected == model::AttributeKind::kTime
                             ? "Give RFC 3339 text; other things need a name that does not end in _at."
                             : "Give a " + wanted + ", or use another name."));
}

Result<std::vector<float>> ReadVector(const std::string& field, const element& value) {
  simdjson::dom::array array;
  if (value.get(array) != simdjson::SUCCESS)
    return Fail(FieldError(field, "is not a list", "Give a list of numbers."));
  std::vector<float> vector;
  for (const element entry : array) {
    double number = 0;
    if (!entry.is_number() || entry.get(number) != simdjson::SUCCESS ||
        !std::isfinite(static_cast<float>(number))) {
      return Fail(
          FieldError(field, "holds something that is not a finite 32-bit number", "Give numbers only."));
    }
    if (vector.size() == kMaxDimensions) {
      return Fail(
          FieldError(field, "has more than " + std::to_string(kMaxDimensions) + " numbers", "Give fewer."));
    }
    vector.push_back(static_cast<float>(number));
  }
  if (vector.empty()) return Fail(FieldError(field, "is empty", "Leave the vector out."));
  return vector;
}

// For the names of one object; simdjson gives repeated ones one by one.
Result<void> NoteOnce(std::string_view name, std::string_view prefix, std::set<std::string_view>* names) {
  if (names->insert(name).second) return {};
  return Fail(
      FieldError(std::string(prefix) + std::string(name.substr(0, 64)), "is given twice", "Give it once."));
}

Result<void> ReadVectors(const element& value, ItemInput* input) {
  simdjson::dom::object object;
  if (value.get(object) != simdjson::SUCCESS) {
    return Fail(FieldError("vectors", "is not an object", "Give {\"name\": [numbers]}."));
  }
  std::set<std::string_view> names;
  for (const auto& [name, entry] : object) {
    if (!IsName(name)) return Fail(BadName(name));
    if (auto ok = NoteOnce(name, "vectors.", &names); !ok) return ok;
    if (entry.is_null()) {
      input->nulls.vectors.emplace_back(name);
      continue;
    }
    if (input->item.vectors.size() == kMaxVectors) {
      return Fail(
          FieldError("vectors", "has more than " + std::to_string(kMaxVectors) + " names", "Give fewer."));
    }
    auto vector = ReadVector("vectors." + std::string(name), entry);
    if (!vector) return Fail(std::move(vector.error()));
    input->item.vectors.emplace(name, std::move(*vector));
  }
  return {};
}

// A clock may run ahead a little; a later time would make the item the newest for good.
Result<void> CheckCreatedAt(std::string_view name, const model::AttributeValue& value, int64_t now_ms) {
  const auto* time = std::get_if<model::TimeMs>(&value);
  if (name != "created_at" || time == nullptr || time->ms <= now_ms + kMaxAheadMs) return {};
  return Fail(FieldError(name, "is more than 5 minutes ahead",
                         "Give when the item was made; it is " + FormatRfc3339(now_ms) + " here."));
}

Result<void> ReadAttribute(std::string_view name, const element& value, int64_t now_ms, ItemInput* input) {
  if (!IsName(name)) return Fail(BadName(name));
  if (value.is_null()) {
    input->nulls.attributes.emplace_back(name);
    return {};
  }
  if (input->item.attributes.size() == kMaxAttributes) {
    return Fail(FieldError(name,
                           "is one more than the " + std::to_string(kMaxAttributes) + " attributes allowed",
                           "Leave out what no script or page reads."));
  }
  auto read = ReadValue(name, value);
  if (!read) return Fail(std::move(read.error()));
  if (auto ok = CheckKind(name, *read); !ok) return ok;
  if (auto ok = CheckCreatedAt(name, *read, now_ms); !ok) return ok;
  input->item.attributes.emplace(name, std::move(*read));
  return {};
}

Result<void> ReadIdInto(std::string_view field, const element& value, std::string* to) {
  auto id = ReadId(value, field);
  if (!id) return Fail(std::move(id.error()));
  *to = std::move(*id);
  return {};
}

}  // namespace

Result<ItemInput> ReadItem(std::string_view json, int64_t now_ms) {
  auto object = ParseObject(json, kMaxItemBytes);
  if (!object) return Fail(std::move(object.error()));
  ItemInput input;
  std::set<std::string_view> names;
  for (const auto& [name, value] : *object) {
    Result<void> ok = NoteOnce(name, {}, &names);
    if (!ok) return Fail(std::move(ok.error()));
    if (name == "item_id") {
      ok = ReadIdInto(name, value, &input.item.id);
    } else if (name == "item_type") {
      if (value.is_null()) continue;
      input.has_type = true;
      ok = ReadIdInto(name, value, &input.item.type);
    } else if (name == "vectors") {
      if (value.is_null()) continue;
      ok = ReadVectors(value, &input);
    } else {
      ok = ReadAttribute(name, value, now_ms, &input);
    }
    if (!ok) return Fail(std::move(ok.error()));
  }
  return input;
}

}  // namespace signalbox::ingest
