// Scenario files of a folder, compiled.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "scripting/scenario.hpp"
#include "serve/tenant.hpp"
#include "signals/signal_set.hpp"

namespace signalbox::app {

// The texts of scenarios in the same folder, for `extends`.
scripting::Scenario::SourceOf ScriptsBeside(const std::string& path);

// Compiles one file; limits: of each of its runs. The scenario's name is the file's without ".lua".
// Errors: kNotFound; kInvalidArgument with "file:line: reason", also for signals in `candidates`
//         that are not configured.
Result<std::shared_ptr<const scripting::Scenario>> LoadScenario(const std::string& path,
                                                                const signals::SignalSet& signals,
                                                                scripting::RunLimits limits = {});

// Every *.lua in the folder. Errors: as LoadScenario; kNotFound when the folder or the default
// scenario is missing.
Result<serve::Scripts> LoadScenarios(const std::string& dir, const std::string& default_scenario,
                                     const signals::SignalSet& signals, scripting::RunLimits limits = {});

}  // namespace signalbox::app
