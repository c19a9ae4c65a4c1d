// YAML text as JSON.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "base/result.hpp"

namespace signalbox::app {

// Plain scalars take YAML's core types (null, true, 12, 1.5), quoted ones are text.
// Errors: kInvalidArgument with line and column; also for duplicate keys, aliases and more than
//         32 levels.
Result<nlohmann::json> ParseYaml(const std::string& text, const std::string& source);

}  // namespace signalbox::app
