// Names of a checkpoint's sections and properties.
#pragma once

#include <string>
#include <vector>

#include "state/tenant_state.hpp"

namespace signalbox::process {

inline std::string DedupSection() { return "dedup"; }
// part: "items", "catalogue", "users".
inline std::string TenantSection(const std::string& tenant, const std::string& part) {
  return "tenants/" + tenant + "/" + part;
}
inline std::string SignalSection(const std::string& tenant, const std::string& signal) {
  return "tenants/" + tenant + "/signals/" + signal;
}

// The event types by index as "name=weight name=weight".
inline constexpr const char* kEventTypesProperty = "event_types";
std::string EventTypesProperty(const state::EventTypes& types);
std::vector<state::EventType> ParseEventTypes(const std::string& property);

}  // namespace signalbox::process
