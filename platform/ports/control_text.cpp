// Names of a planned publish's states, and values as text.
#include <array>

#include <nlohmann/json.hpp>

#include "ports/control_tables.hpp"

namespace signalbox::ports {
namespace {

constexpr std::array<std::string_view, 6> kStates = {"planned",    "published", "reverted",
                                                     "superseded", "cancelled", "failed"};

}  // namespace

std::string_view StateName(PlannedPublish::State state) { return kStates[static_cast<size_t>(state)]; }

bool ParseState(std::string_view text, PlannedPublish::State* state) {
  for (size_t i = 0; i < kStates.size(); ++i) {
    if (kStates[i] != text) continue;
    *state = static_cast<PlannedPublish::State>(i);
    return true;
  }
  return false;
}

bool IsText(std::string_view bytes) {
  if (bytes.find('\0') != std::string_view::npos) return false;
  try {
    (void)nlohmann::json(bytes).dump();  // strict: throws for what is not UTF-8
    return true;
  } catch (const nlohmann::json::exception&) {
    return false;
  }
}

bool IsJsonArray(std::string_view text) {
  constexpr int kMaxDepth = 32;
  bool too_deep = false;
  const auto parsed = nlohmann::json::parse(
      text,
      [&](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
        too_deep |= depth > kMaxDepth;
        return depth <= kMaxDepth;
      },
      false);
  return parsed.is_array() && !too_deep;
}

std::string WriteValues(const std::map<std::string, double>& values) {
  return nlohmann::json(values).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::map<std::string, double> ReadValues(const std::string& text) {
  const auto parsed = nlohmann::json::parse(text, nullptr, false);
  std::map<std::string, double> values;
  if (!parsed.is_object()) return values;
  for (const auto& [name, value] : parsed.items()) {
    if (value.is_number()) values.emplace(name, value.get<double>());
  }
  return values;
}

}  // namespace signalbox::ports
