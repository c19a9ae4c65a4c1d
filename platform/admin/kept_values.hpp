// Operators' values when the text under them changes.
#pragma once

#include <string>
#include <vector>

#include "ports/scenario_runtime.hpp"

namespace signalbox::admin {

// Takes those values out of content->values that the script has no tunable for any more, or that are out
// of its range by now, and returns their names. Errors: of Check, for everything else.
Result<std::vector<std::string>> KeepFittingValues(const ports::ScenarioRuntime& runtime,
                                                   const model::ObjectName& object,
                                                   model::RevisionContent* content);

}  // namespace signalbox::admin
