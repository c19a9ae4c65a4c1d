// JSON, appended to a text.
#pragma once

#include <charconv>
#include <cmath>
#include <string>
#include <string_view>

#include "model/item.hpp"
#include "ports/http.hpp"

namespace signalbox::serve {

template <typename Number>
void AppendNumber(Number number, std::string* out) {
  char digits[40];
  out->append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

// NaN and infinity are no JSON: null.
inline void AppendFloat(double number, std::string* out) {
  if (!std::isfinite(number)) {
    out->append("null");
  } else {
    AppendNumber(static_cast<float>(number), out);  // the shortest text that gives this float back
  }
}

template <typename Range, typename Append>
void AppendList(const Range& range, std::string* out, Append append) {
  out->push_back('[');
  bool first = true;
  for (const auto& entry : range) {
    if (!first) out->push_back(',');
    first = false;
    append(entry);
  }
  out->push_back(']');
}

// The beginning of an object that names an item.
inline void AppendItem(std::string_view type, std::string_view id, std::string* out) {
  out->append("{\"item_id\":");
  ports::AppendJsonText(id, out);
  if (type == model::kDefaultItemType) return;
  out->append(",\"item_type\":");
  ports::AppendJsonText(type, out);
}

}  // namespace signalbox::serve
