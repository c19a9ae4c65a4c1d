// Answers as JSON, written by hand: numbers do not depend on the locale, nothing is built first.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "model/recommendation.hpp"

namespace signalbox::serve {

// {"recommendation_id", "scenario", "revision", "recommendations": [{"item_id", "item_type"?,
//  "score", "reason", "attributes"?, "explain"?}], "experiments": [], "degraded"?, "stale"?}
//
// item_type only where it is not "item"; "explain" is {"signals": [{"signal", "raw" (null = no
// opinion), "normalised", "weight", "contribution"}], "rules": [...]}.
std::string WriteRecommendations(const model::RecommendResponse& response, bool explain);

// One entry of a visitor's history.
struct HistoryEntry {
  std::string_view item_type, item_id, event_type;
  int64_t time_ms = 0;
};
// {"history": [{"item_id", "item_type"?, "event_type", "timestamp"}]} in the order given.
std::string WriteHistory(std::span<const HistoryEntry> history);

}  // namespace signalbox::serve
