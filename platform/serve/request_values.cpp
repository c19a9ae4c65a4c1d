// Reading names and values.
#include "serve/request_values.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "serve/number_text.hpp"
#include "serve/request_parser.hpp"

namespace signalbox::serve {
namespace {

constexpr size_t kMaxNameBytes = 64;

tl::unexpected<Error> Wrong(const std::string& field, const std::string& message, std::string hint) {
  return Fail(
      Error(Code::kInvalidArgument, field + " " + message).WithField(field).WithHint(std::move(hint)));
}

bool IsName(std::string_view name) {
  const auto is_part = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !name.empty() && name.size() <= kMaxNameBytes && std::all_of(name.begin(), name.end(), is_part);
}

bool ReadDouble(std::string_view text, double* out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *out);
  return error == std::errc() && end == text.data() + text.size() && std::isfinite(*out);
}

// "7" is a number, "007" and "1e3" are texts.
model::ContextValue ValueOf(const std::string& text) {
  double number = 0;
  if (ReadDouble(text, &number) && NumberText(number) == text) return number;
  if (text == "true" || text == "false") return text == "true";
  return text;
}

// "session:0.5,co_view:0.2"
Result<void> AddTunables(const std::string& text, model::RecommendRequest* request) {
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find(',', at), text.size());
    const std::string_view pair = std::string_view(text).substr(at, end - at);
    const size_t colon = pair.find(':');
    double value = 0;
    if (colon == std::string_view::npos || !ReadDouble(pair.substr(colon + 1), &value)) {
      return Wrong("tunables", "must be name:number, separated by commas", "write tunables=popularity:0.4");
    }
    if (auto added = AddValue("tunables", std::string(pair.substr(0, colon)), value, request); !added)
      return added;
    at = end + 1;
  }
  return {};
}

}  // namespace

bool IsGroup(std::string_view name) { return name == "context" || name == "user" || name == "tunables"; }

std::string_view GroupOf(std::string_view name) {
  const size_t dot = name.find('.');
  if (dot == std::string_view::npos || !IsGroup(name.substr(0, dot))) return {};
  return name.substr(0, dot);
}

Result<void> AddQueryValue(const std::string& name, const std::string& text,
                           model::RecommendRequest* request) {
  if (name == "tunables") return AddTunables(text, request);
  const std::string_view group = GroupOf(name);
  if (group.empty()) {
    return Wrong(name, "must name a value", "write " + name + ".device=phone, with the value's own name");
  }
  return AddValue(group, name.substr(group.size() + 1), ValueOf(text), request);
}

Result<void> AddValue(std::string_view group, const std::string& name, model::ContextValue value,
                      model::RecommendRequest* request) {
  const std::string field = std::string(group) + "." + name.substr(0, kMaxNameBytes);
  if (!IsName(name)) {
    return Wrong(field, "is not a name", "use 1 to 64 letters, digits and underscores");
  }
  if (const auto* text = std::get_if<std::string>(&value); text != nullptr && !text->empty()) {
    if (const auto checked = CheckId(field, *text); !checked) return checked;
  }
  const size_t given = group == "tunables"  ? request->tunables.size()
                       : group == "context" ? request->context_values.size()
                                            : request->user_attributes.size();
  if (given >= kMaxValues) return Wrong(field, "is one too many", "give at most 64 of these");
  bool added = false;
  if (group == "tunables") {
    const auto* number = std::get_if<double>(&value);
    if (number == nullptr) return Wrong(field, "must be a number", "write it without quotes");
    added = request->tunables.emplace(name, *number).second;
  } else {
    auto& values = group == "context" ? request->context_values : request->user_attributes;
    added = values.emplace(name, std::move(value)).second;
  }
  if (!added) return Wrong(field, "is given twice", "keep one of them");
  return {};
}

}  // namespace signalbox::serve
