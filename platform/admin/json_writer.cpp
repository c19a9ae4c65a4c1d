// Characters of JSON.
#include "admin/json_writer.hpp"

#include <array>
#include <charconv>
#include <cmath>

#include "base/time_text.hpp"
#include "ports/http.hpp"

namespace signalbox::admin {

void JsonWriter::Separate() {
  if (!first_) out_.push_back(',');
  first_ = false;
}

JsonWriter& JsonWriter::Begin(char bracket) {
  Separate();
  out_.push_back(bracket);
  first_ = true;
  return *this;
}

JsonWriter& JsonWriter::End(char bracket) {
  out_.push_back(bracket);
  first_ = false;
  return *this;
}

JsonWriter& JsonWriter::Key(std::string_view name) {
  Separate();
  ports::AppendJsonText(name, &out_);
  out_.push_back(':');
  first_ = true;  // its value needs no comma
  return *this;
}

JsonWriter& JsonWriter::Text(std::string_view text) {
  Separate();
  ports::AppendJsonText(text, &out_);
  return *this;
}

JsonWriter& JsonWriter::Number(double number) {
  if (!std::isfinite(number)) return Null();
  Separate();
  std::array<char, 40> digits;
  out_.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
  return *this;
}

JsonWriter& JsonWriter::Integer(int64_t number) { return Raw(std::to_string(number)); }
JsonWriter& JsonWriter::Flag(bool yes) { return Raw(yes ? "true" : "false"); }
JsonWriter& JsonWriter::Null() { return Raw("null"); }

JsonWriter& JsonWriter::Raw(std::string_view json) {
  Separate();
  out_.append(json);
  return *this;
}

JsonWriter& JsonWriter::Time(std::string_view name, int64_t ms) {
  Key(name);
  return ms == 0 ? Null() : Text(FormatRfc3339(ms));
}

JsonWriter& JsonWriter::Texts(std::string_view name, const std::vector<std::string>& texts) {
  Key(name).BeginArray();
  for (const auto& text : texts) Text(text);
  return EndArray();
}

}  // namespace signalbox::admin
