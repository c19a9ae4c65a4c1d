// HTTP requests for recommendations as model::RecommendRequest: query parameters, or a JSON object
// with the same names.
#pragma once

#include <span>
#include <string_view>

#include "base/result.hpp"
#include "model/recommendation.hpp"
#include "ports/http.hpp"

namespace signalbox::serve {

inline constexpr size_t kMaxRequestBody = 512 << 10;  // two lists of 1000 of the longest ids

// Reads what `request` carries into a RecommendRequest. `allowed` are the parameters of the route.
// A list parameter is repeated (items=a&items=b), or an array in JSON; an integer in JSON means its
// decimal text where a text is asked for; an empty value, or null in JSON, is the same as none.
// Errors: kInvalidArgument naming the parameter, with the nearest valid name for an unknown one;
//         kTooLarge for a body over 512 KB.
Result<model::RecommendRequest> ParseRecommendRequest(const ports::HttpRequest& request,
                                                      std::span<const std::string_view> allowed);

// Errors: kInvalidArgument unless it is 1-256 bytes of UTF-8 without control characters.
Result<void> CheckId(std::string_view field, std::string_view id);

}  // namespace signalbox::serve
