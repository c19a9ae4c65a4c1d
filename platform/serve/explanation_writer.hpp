// The answer of /explain as JSON.
#pragma once

#include <string>

#include "model/recommendation.hpp"

namespace signalbox::serve {

// Requires: response.trace, of a request that named `item` in trace_items.
std::string WriteExplanation(const model::RecommendResponse& response, const model::ItemKey& item);

}  // namespace signalbox::serve
