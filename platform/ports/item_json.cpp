// Items to JSON.
#include "ports/item_json.hpp"

#include <array>
#include <charconv>
#include <cmath>

#include "base/time_text.hpp"
#include "ports/http.hpp"

namespace signalbox::ports {
namespace {

// The shortest digits that read back as the same number.
template <typename Number>
void AppendNumber(Number number, std::string* out) {
  if (!std::isfinite(number)) {
    out->append("null");
    return;
  }
  std::array<char, 40> digits;
  out->append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
}

struct ValueWriter {
  std::string* out;
  void operator()(double number) const { AppendNumber(number, out); }
  void operator()(const std::string& text) const { AppendJsonText(text, out); }
  void operator()(bool yes) const { out->append(yes ? "true" : "false"); }
  void operator()(model::TimeMs time) const { AppendJsonText(FormatRfc3339(time.ms), out); }
  void operator()(const std::vector<std::string>& list) const {
    out->push_back('[');
    for (size_t i = 0; i < list.size(); ++i) {
      if (i > 0) out->push_back(',');
      AppendJsonText(list[i], out);
    }
    out->push_back(']');
  }
};

void AppendName(std::string_view name, std::string* out) {
  if (out->back() != '{') out->push_back(',');
  AppendJsonText(name, out);
  out->push_back(':');
}

}  // namespace

void AppendAttributesJson(const model::Item& item, std::string* out) {
  for (const auto& [name, value] : item.attributes) {
    AppendName(name, out);
    std::visit(ValueWriter{out}, value);
  }
}

void AppendItemJson(const model::Item& item, std::string* out) {
  out->push_back('{');
  AppendName("item_id", out);
  AppendJsonText(item.id, out);
  AppendName("item_type", out);
  AppendJsonText(item.type, out);
  AppendAttributesJson(item, out);
  if (!item.vectors.empty()) {
    AppendName("vectors", out);
    out->push_back('{');
    for (const auto& [name, vector] : item.vectors) {
      AppendName(name, out);
      out->push_back('[');
      for (size_t i = 0; i < vector.size(); ++i) {
        if (i > 0) out->push_back(',');
        AppendNumber(vector[i], out);
      }
      out->push_back(']');
    }
    out->push_back('}');
  }
  out->push_back('}');
}

}  // namespace signalbox::ports
