// Cuts a request's body into the JSON texts of its elements, so that a fault in one element does
// not touch the others.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace signalbox::ingest {

struct BatchElement {
  std::string_view text;  // view into the body, without blanks around it; not checked yet
  size_t line = 0;        // of NDJSON, from 1; 0 = not NDJSON
  size_t levels = 0;      // of nesting, with the array around it; 0 = on its own, left to the parser
};

// Takes one object, an array of elements, or NDJSON: where the content type says so
// (application/x-ndjson, application/ndjson, application/jsonl), or where a second object follows
// the first on a line of its own. wrapper: {"<wrapper>": [...]} is taken for its array; "" = none.
//
// Errors: kInvalidArgument where the body is none of these, or empty; kTooLarge for more than
//         max_elements.
Result<std::vector<BatchElement>> SplitBatch(std::string_view body, std::string_view content_type,
                                             std::string_view wrapper, size_t max_elements);

// The parser sees an element alone; the limit is on the whole body.
// Errors: kInvalidArgument where the element in its array is nested deeper than kMaxJsonDepth.
Result<void> CheckDepth(const BatchElement& element);

}  // namespace signalbox::ingest
