// What an id may look like.
#pragma once

#include <string_view>

#include "base/result.hpp"

namespace signalbox::ingest {

// 1 to 256 bytes of UTF-8 without control characters (U+0000-001F, U+007F-009F).
// Errors: kInvalidArgument at `field`.
Result<void> CheckId(std::string_view id, std::string_view field);

}  // namespace signalbox::ingest
