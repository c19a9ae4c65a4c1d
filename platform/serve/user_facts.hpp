// What scripts see of the user: what is stored, under what the request tells.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "model/recommendation.hpp"
#include "state/tenant_state.hpp"

namespace signalbox::serve {

using UserFacts = std::map<std::string, model::ContextValue>;

// visitor: who asks, merges followed; 0 = nobody known. Times are Unix seconds. The request's win.
UserFacts UserFactsOf(const state::TenantState& state, uint64_t visitor,
                      const model::RecommendRequest& request);

}  // namespace signalbox::serve
