// What each list rule costs a request.
#pragma once

#include "report.hpp"

namespace signalbox::bench {

// Microseconds of each rule on the pool that a list of 20 items has, 60 candidates with 20 brands, and of
// judging 500 candidates where a rule does that; medians.
void RuleCosts(Report* report);

}  // namespace signalbox::bench
