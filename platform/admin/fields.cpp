// Bodies by nlohmann's parser, with a limit for nesting.
#include "admin/fields.hpp"

#include <utility>

#include <nlohmann/json.hpp>

#include "base/nearest.hpp"
#include "base/time_text.hpp"

namespace signalbox::admin {
namespace {

using nlohmann::json;
constexpr int kMaxDepth = 32;

std::string Dump(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

}  // namespace

struct Fields::Value {
  json object;
};

struct Fields::Fault {
  std::optional<Error> error;
};

Fields::Fields(std::shared_ptr<const Value> value, std::string path, std::shared_ptr<Fault> fault)
    : value_(std::move(value)), path_(std::move(path)), fault_(std::move(fault)) {}

Fields::Fields(std::string_view body) : fault_(std::make_shared<Fault>()) {
  auto value = std::make_shared<Value>();
  value->object = json::object();
  bool too_deep = false;
  if (!body.empty()) {
    auto parsed = json::parse(
        body,
        [&](int depth, json::parse_event_t, json&) {
          too_deep |= depth > kMaxDepth;
          return depth <= kMaxDepth;
        },
        false);
    if (too_deep) {
      fault_->error = Error(Code::kInvalidArgument, "more than 32 levels of nesting");
    } else if (!parsed.is_object()) {
      fault_->error = Error(Code::kInvalidArgument, "the body is not a JSON object")
                          .WithHint("send one, as in {\"comment\": \"why\"}");
    } else {
      value->object = std::move(parsed);
    }
  }
  value_ = std::move(value);
}

std::string Fields::PathOf(std::string_view name) const { return path_ + std::string(name); }

void Fields::Refuse(std::string_view name, const std::string& reason, const std::string& hint) {
  if (fault_->error) return;
  fault_->error =
      Error(Code::kInvalidArgument, PathOf(name) + " " + reason).WithField(PathOf(name)).WithHint(hint);
}

bool Fields::Has(std::string_view name) const {
  const auto found = value_->object.find(name);
  return found != value_->object.end() && !found->is_null();
}

// Through Value so that the header names no type of the library.
const Fields::Value* Fields::Find(std::string_view name) {
  read_.emplace(name);
  return Has(name) ? value_.get() : nullptr;
}

std::string Fields::Text(std::string_view name, std::string_view fallback) {
  if (Find(name) == nullptr) return std::string(fallback);
  const json& value = value_->object[std::string(name)];
  if (value.is_string()) return value.get<std::string>();
  Refuse(name, "is not a text");
  return std::string(fallback);
}

uint64_t Fields::Number(std::string_view name, uint64_t fallback, uint64_t highest) {
  if (Find(name) == nullptr) return fallback;
  const json& value = value_->object[std::string(name)];
  if (value.is_number_unsigned() && value.get<uint64_t>() <= highest) return value.get<uint64_t>();
  Refuse(name, "is not a whole number from 0 to " + std::to_string(highest));
  return fallback;
}

bool Fields::Flag(std::string_view name, bool fallback) {
  if (Find(name) == nullptr) return fallback;
  const json& value = value_->object[std::string(name)];
  if (value.is_boolean()) return value.get<bool>();
  Refuse(name, "is not true or false");
  return fallback;
}

int64_t Fields::Time(std::string_view name) {
  if (Find(name) == nullptr) return 0;
  constexpr int64_t kSecondsHere = int64_t{1} << 31;
  const json& value = value_->object[std::string(name)];
  if (value.is_number_integer() && value.get<int64_t>() >= kSecondsHere) return value.get<int64_t>();
  if (value.is_string()) {
    if (const auto ms = ParseRfc3339(value.get<std::string>())) return *ms;
  }
  Refuse(name, "is not a time", "write it as 2026-12-01T09:00:00Z, or in milliseconds since 1970");
  return 0;
}

std::optional<std::string> Fields::Json(std::string_view name) {
  if (Find(name) == nullptr) return std::nullopt;
  return Dump(value_->object[std::string(name)]);
}

std::optional<std::map<std::string, double>> Fields::Values(std::string_view name) {
  if (Find(name) == nullptr) return std::nullopt;
  const json& value = value_->object[std::string(name)];
  std::map<std::string, double> values;
  if (!value.is_object()) Refuse(name, "is not an object of numbers");
  for (const auto& [key, number] : value.items()) {
    if (number.is_number()) {
      values[key] = number.get<double>();
    } else {
      Refuse(std::string(name) + "." + key, "is not a number");
    }
  }
  return values;
}

std::map<std::string, model::ContextValue> Fields::Context(std::string_view name) {
  std::map<std::string, model::ContextValue> context;
  if (Find(name) == nullptr) return context;
  const json& value = value_->object[std::string(name)];
  if (!value.is_object()) Refuse(name, "is not an object");
  for (const auto& [key, part] : value.items()) {
    if (part.is_string()) {
      context[key] = part.get<std::string>();
    } else if (part.is_number()) {
      context[key] = part.get<double>();
    } else if (part.is_boolean()) {
      context[key] = part.get<bool>();
    } else {
      Refuse(std::string(name) + "." + key, "is not a text, a number or a boolean");
    }
  }
  return context;
}

std::vector<model::ItemKey> Fields::Items(std::string_view name, size_t highest) {
  std::vector<model::ItemKey> items;
  if (Find(name) == nullptr) return items;
  const json& value = value_->object[std::string(name)];
  if (!value.is_array() || value.size() > highest) {
    Refuse(name, "is not an array of at most " + std::to_string(highest) + " items");
    return items;
  }
  for (size_t i = 0; i < value.size(); ++i) {
    const json& entry = value[i];
    const json& id = entry.is_object() && entry.contains("item_id") ? entry["item_id"] : entry;
    model::ItemKey key;
    if (entry.is_object() && entry.contains("item_type") && entry["item_type"].is_string())
      key.type = entry["item_type"].get<std::string>();
    if (id.is_string() && !id.get_ref<const std::string&>().empty()) {
      key.id = id.get<std::string>();
      items.push_back(std::move(key));
    } else {
      Refuse(std::string(name) + "[" + std::to_string(i) + "]", "is not an item's id");
    }
  }
  return items;
}

std::vector<Fields> Fields::Objects(std::string_view name, size_t highest) {
  if (Find(name) == nullptr) return {};
  const json& value = value_->object[std::string(name)];
  const json list = value.is_object() ? json::array({value}) : value;
  if (!list.is_array() || list.size() > highest) {
    Refuse(name, "is not an array of at most " + std::to_string(highest) + " objects");
    return {};
  }
  std::vector<Fields> parts;
  for (size_t i = 0; i < list.size(); ++i) {
    const std::string place = std::string(name) + "[" + std::to_string(i) + "]";
    if (!list[i].is_object()) {
      Refuse(place, "is not an object");
      return {};
    }
    auto part = std::make_shared<Value>();
    part->object = list[i];
    parts.push_back(Fields(std::move(part), PathOf(place) + ".", fault_));
  }
  return parts;
}

Result<void> Fields::Finish() {
  if (fault_->error) return Fail(*fault_->error);
  for (const auto& [name, value] : value_->object.items()) {
    if (read_.count(name) != 0) continue;
    const std::string nearest = Nearest(name, {read_.begin(), read_.end()});
    Refuse(name, "is not a field here", nearest.empty() ? "" : "did you mean " + nearest + "?");
    return Fail(*fault_->error);
  }
  return {};
}

}  // namespace signalbox::admin
