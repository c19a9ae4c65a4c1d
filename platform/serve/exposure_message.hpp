// What was recommended to whom, as a message for others.
#pragma once

#include <cstdint>
#include <string_view>

#include "model/recommendation.hpp"
#include "ports/message_topic.hpp"

namespace signalbox::serve {

// {"recommendation_id", "tenant", "user_id"?, "session_id"?, "scenario", "revision", "served_at", "items":
//  [{"item_id", "item_type"?, "position", "score", "reason", "propensity"?}], "stale"?, "cached"?}, keyed by
// tenant and visitor as events are (docs/api/kafka-exposure.schema.json).
//
// trace_parent: of the request; not valid = none.
ports::TopicMessage ExposureMessage(const model::RecommendRequest& request,
                                    const model::RecommendResponse& response, int64_t served_ms,
                                    std::string_view trace_parent);

}  // namespace signalbox::serve
