// Checks of a compiled revision against its tenant, and what it declares as facts.
#pragma once

#include <map>
#include <string>

#include "base/result.hpp"
#include "ports/scenario_runtime.hpp"
#include "serve/plan.hpp"
#include "serve/tenant.hpp"

namespace signalbox::serve {

// Errors: kInvalidArgument with the field "values.<name>" for a tunable that is not declared or a value
//         out of its range.
Result<void> CheckValues(const scripting::Declaration& declared, const std::map<std::string, double>& values);

// Errors: kInvalidArgument for a signal in `candidates` that is not configured and an event type of a rule
//         that is not registered.
Result<void> CheckAgainst(const Tenant& tenant, const PlanSource& source);

ports::ScenarioFacts FactsOf(const Tenant& tenant, const PlanSource& source);

}  // namespace signalbox::serve
