// Writes JSON text, commas included.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace signalbox::admin {

// Requires: keys inside objects, as many ends as begins. NaN and infinities are written as null.
class JsonWriter {
 public:
  JsonWriter& BeginObject() { return Begin('{'); }
  JsonWriter& EndObject() { return End('}'); }
  JsonWriter& BeginArray() { return Begin('['); }
  JsonWriter& EndArray() { return End(']'); }
  JsonWriter& Key(std::string_view name);

  JsonWriter& Text(std::string_view text);
  JsonWriter& Number(double number);
  JsonWriter& Integer(int64_t number);
  JsonWriter& Flag(bool yes);
  JsonWriter& Null();
  // Text that is JSON already.
  JsonWriter& Raw(std::string_view json);

  // Key and value.
  JsonWriter& Field(std::string_view name, std::string_view text) { return Key(name).Text(text); }
  JsonWriter& Field(std::string_view name, const char* text) { return Key(name).Text(text); }
  template <typename Number>
  requires std::is_arithmetic_v<Number> JsonWriter& Field(std::string_view name, Number number) {
    Key(name);
    if constexpr (std::is_same_v<Number, bool>) {
      return Flag(number);
    } else if constexpr (std::is_floating_point_v<Number>) {
      return this->Number(static_cast<double>(number));
    } else {
      return Integer(static_cast<int64_t>(number));
    }
  }
  // RFC 3339; null for 0.
  JsonWriter& Time(std::string_view name, int64_t ms);
  JsonWriter& Texts(std::string_view name, const std::vector<std::string>& texts);

  std::string Take() { return std::move(out_); }

 private:
  void Separate();
  JsonWriter& Begin(char bracket);
  JsonWriter& End(char bracket);

  std::string out_;
  bool first_ = true;  // nothing was written in this object or array
};

}  // namespace signalbox::admin
