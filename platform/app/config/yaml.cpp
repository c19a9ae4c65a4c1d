// yaml-cpp's nodes turned into nlohmann's values.
#include "app/config/yaml.hpp"

#include <charconv>
#include <cmath>
#include <set>

#include <yaml-cpp/yaml.h>

namespace signalbox::app {
namespace {

constexpr int kMaxDepth = 32;

nlohmann::json Scalar(const YAML::Node& node) {
  const std::string& text = node.Scalar();
  if (node.Tag() == "!") return text;  // quoted
  if (text.empty() || text == "~" || text == "null") return nullptr;
  if (text == "true") return true;
  if (text == "false") return false;
  const char* end = text.data() + text.size();
  int64_t whole = 0;
  if (const auto parsed = std::from_chars(text.data(), end, whole);
      parsed.ec == std::errc() && parsed.ptr == end) {
    return whole;
  }
  double real = 0;
  if (const auto parsed = std::from_chars(text.data(), end, real);
      parsed.ec == std::errc() && parsed.ptr == end && std::isfinite(real)) {
    return real;
  }
  return text;
}

std::string Place(const YAML::Node& node, const std::string& source) {
  const auto mark = node.Mark();
  return source + ":" + std::to_string(mark.line + 1) + ":" + std::to_string(mark.column + 1);
}

Result<nlohmann::json> Convert(const YAML::Node& node, const std::string& source, int depth) {
  if (depth > kMaxDepth) {
    return Fail(Code::kInvalidArgument, Place(node, source) + ": more than 32 levels deep");
  }
  if (node.IsNull() || !node.IsDefined()) return nlohmann::json(nullptr);
  if (node.IsScalar()) return Scalar(node);
  if (node.IsSequence()) {
    auto list = nlohmann::json::array();
    for (const auto& entry : node) {
      auto value = Convert(entry, source, depth + 1);
      if (!value) return value;
      list.push_back(std::move(*value));
    }
    return list;
  }
  auto object = nlohmann::json::object();
  for (const auto& entry : node) {
    const std::string key = entry.first.Scalar();
    if (object.contains(key)) {
      return Fail(Code::kInvalidArgument, Place(entry.first, source) + ": key \"" + key + "\" stands twice");
    }
    auto value = Convert(entry.second, source, depth + 1);
    if (!value) return value;
    object[key] = std::move(*value);
  }
  return object;
}

}  // namespace

Result<nlohmann::json> ParseYaml(const std::string& text, const std::string& source) {
  try {
    return Convert(YAML::Load(text), source, 0);
  } catch (const YAML::Exception& error) {
    return Fail(Code::kInvalidArgument, source + ":" + std::to_string(error.mark.line + 1) + ":" +
                                            std::to_string(error.mark.column + 1) + ": " + error.msg);
  }
}

}  // namespace signalbox::app
