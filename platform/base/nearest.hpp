// The likeliest word that was meant, for hints.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace signalbox {

// The candidate with the least edit distance (Levenshtein 1966), the first of several; empty when
// none is within half of the word's length.
std::string Nearest(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace signalbox
