// Reading outside JSON with simdjson: bounded in depth and size, no exceptions, errors with hints.
#pragma once

#include <simdjson.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace signalbox::ingest {

inline constexpr size_t kMaxJsonDepth = 32;

// Parses one object on this thread's parser; the result is valid until its next call.
// Requires: simdjson::SIMDJSON_PADDING readable bytes after the text, whatever they are.
// Errors: kInvalidArgument for bad JSON or UTF-8, more than kMaxJsonDepth levels, no object;
//         kTooLarge above max_bytes.
Result<simdjson::dom::object> ParseObject(std::string_view text, size_t max_bytes);

// An id given as text or as a JSON integer, which means its decimal digits.
Result<std::string> ReadId(const simdjson::dom::element& value, std::string_view field);

// Text of at most max_bytes.
Result<std::string> ReadText(const simdjson::dom::element& value, std::string_view field, size_t max_bytes);

// An error at a field of the input.
Error FieldError(std::string_view field, std::string_view what, std::string hint = {});

// For a key that is none of `valid`: names the nearest.
Error UnknownField(std::string_view name, const std::vector<std::string>& valid);

}  // namespace signalbox::ingest
