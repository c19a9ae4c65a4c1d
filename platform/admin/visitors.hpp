// For whom a draft is tried: named, made-up and recent visitors.
#pragma once

#include <string>
#include <vector>

#include "admin/call.hpp"
#include "admin/fields.hpp"

namespace signalbox::admin {

inline constexpr size_t kMaxVisitors = 200;

// One visitor as a request; `shown` names them in the answer: "user anna", "2 items".
struct Asker {
  model::RecommendRequest request;
  std::string shown;
};

// Reads "visitors": [{"user_id", "session_id", "items", "item_id", "item_type", "category", "context",
// "user"}], "sample": how many recent ones besides, and "count". Faults are kept in the fields.
// Errors: those of the log.
Result<std::vector<Asker>> ReadVisitors(const Call& call, Fields* body, size_t sampled_by_default);

// The visitors of the tenant's newest events, the latest first, each with the item of that event as the
// page's item; those who were forgotten since are left out. Reads at most 20,000 records.
Result<std::vector<Asker>> RecentVisitors(const Call& call, size_t count);

}  // namespace signalbox::admin
