// Values that a request gives by name: context.device, user.tier, tunables.session.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "model/recommendation.hpp"

namespace signalbox::serve {

inline constexpr size_t kMaxValues = 64;  // of one group

// The group that "context.device" belongs to ("context"); empty = the name is of no group. Groups are
// "context", "user" and "tunables".
std::string_view GroupOf(std::string_view name);
bool IsGroup(std::string_view name);

// A query parameter "context.device" = "phone". A text that reads back the same as a number is a number,
// true and false are flags. "tunables" may also be "session:0.5,co_view:0.2".
// Errors: kInvalidArgument naming the parameter.
Result<void> AddQueryValue(const std::string& name, const std::string& text,
                           model::RecommendRequest* request);

// group: one of the three; name: what follows the dot. Errors: as above, for a bad name, a text that is
// too long, a tunable that is no number, and more than kMaxValues.
Result<void> AddValue(std::string_view group, const std::string& name, model::ContextValue value,
                      model::RecommendRequest* request);

}  // namespace signalbox::serve
