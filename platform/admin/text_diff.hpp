// Differences of two texts, by lines.
#pragma once

#include <string>
#include <string_view>

namespace signalbox::admin {

// A unified diff with three lines of context and the two names in its head; empty for equal texts. The
// shortest one (Myers 1986), unless the texts differ in more than 2,000 lines: then what is between their
// common beginning and end is replaced as a whole.
std::string UnifiedDiff(std::string_view from_name, std::string_view from, std::string_view to_name,
                        std::string_view to);

}  // namespace signalbox::admin
