// What explanations have in common, whether of a list or of one item, as JSON.
#pragma once

#include <string>
#include <vector>

#include "model/recommendation.hpp"

namespace signalbox::serve {

// ["text", ...]
void AppendTexts(const std::vector<std::string>& texts, std::string* out);
// {"signal", "raw" (null = no opinion), "normalised", "weight", "contribution", "text"?, "because"?}
void AppendContribution(const model::SignalContribution& part, std::string* out);
// A list of them.
void AppendContributions(const std::vector<model::SignalContribution>& parts, std::string* out);

}  // namespace signalbox::serve
