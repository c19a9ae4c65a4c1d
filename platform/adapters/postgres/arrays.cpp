// Quoting.
#include "adapters/postgres/arrays.hpp"

namespace signalbox::postgres {
namespace {

// {a,b,c}; `append` writes one element.
template <typename Values, typename Append>
std::string Array(const Values& values, Append append) {
  std::string array = "{";
  bool first = true;
  for (const auto& value : values) {
    if (!first) array.push_back(',');
    first = false;
    append(value, &array);
  }
  array.push_back('}');
  return array;
}

}  // namespace

std::string TextArray(const std::vector<std::string>& values) {
  return Array(values, [](const std::string& value, std::string* out) {
    out->push_back('"');
    for (const char c : value) {
      if (c == '"' || c == '\\') out->push_back('\\');
      out->push_back(c);
    }
    out->push_back('"');
  });
}

std::string HexArray(const std::vector<std::string>& values) {
  return Array(values, [](const std::string& value, std::string* out) {
    out->push_back('"');
    AppendHex(value, out);
    out->push_back('"');
  });
}

std::string NumberArray(const std::vector<uint64_t>& values) {
  return Array(values, [](uint64_t value, std::string* out) { out->append(std::to_string(value)); });
}

std::string FlagArray(const std::vector<bool>& values) {
  return Array(values, [](bool value, std::string* out) { out->push_back(value ? 't' : 'f'); });
}

void AppendHex(std::string_view bytes, std::string* out) {
  constexpr char kDigits[] = "0123456789abcdef";
  for (const char byte : bytes) {
    out->push_back(kDigits[static_cast<unsigned char>(byte) >> 4]);
    out->push_back(kDigits[byte & 0xf]);
  }
}

}  // namespace signalbox::postgres
