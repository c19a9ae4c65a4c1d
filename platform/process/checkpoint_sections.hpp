// Names of a checkpoint's sections.
#pragma once

#include <string>

namespace signalbox::process {

inline std::string DedupSection() { return "dedup"; }
// part: "items", "catalogue", "users".
inline std::string TenantSection(const std::string& tenant, const std::string& part) {
  return "tenants/" + tenant + "/" + part;
}
inline std::string SignalSection(const std::string& tenant, const std::string& signal) {
  return "tenants/" + tenant + "/signals/" + signal;
}

}  // namespace signalbox::process
