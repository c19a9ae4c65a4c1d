// Refusing query parameters that a route does not have.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "ports/http.hpp"

namespace signalbox::ingest {

// A mistyped parameter must not fall back to a default: "?type=article" would name another item.
// Errors: kInvalidArgument naming a parameter that is not in `known`, or is given twice.
Result<void> CheckQuery(const ports::HttpRequest& request, const std::vector<std::string>& known);

}  // namespace signalbox::ingest
