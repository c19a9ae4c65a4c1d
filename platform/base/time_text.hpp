// Points in time as RFC 3339 text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace signalbox {

// "2026-11-01T09:30:00Z", "2026-11-01 09:30:00.250+02:00" → Unix milliseconds; digits beyond
// milliseconds are cut. nullopt: not RFC 3339, or outside the years 1970 to 9999.
std::optional<int64_t> ParseRfc3339(std::string_view text);

// "2026-11-01T09:30:00.250Z", always with milliseconds and in UTC. Requires: 0 <= ms, year <= 9999.
std::string FormatRfc3339(int64_t ms);

// The month in UTC, 1 to 12.
int MonthOf(int64_t ms);

}  // namespace signalbox
