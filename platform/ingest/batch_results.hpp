// The answer to a batch: what became of each element.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/position.hpp"
#include "ports/http.hpp"

namespace signalbox::ingest {

enum class Outcome { kAccepted, kDuplicate, kRejected, kRetry };

struct ElementResult {
  Outcome outcome = Outcome::kAccepted;
  std::string id;                              // empty = unknown, left out
  std::optional<model::LogPosition> position;  // nullopt = unknown, left out
  std::optional<Error> error;
  size_t line = 0;  // of NDJSON; 0 = left out of the error
};

// {"results":[{index, status, <id_name>, position?, error?}]}. Status 202 where any element was
// accepted or a duplicate; else, where any may be tried again, the status of its error (429, 503)
// with Retry-After; else 400.
ports::HttpResponse BatchResponse(const std::vector<ElementResult>& results, std::string_view id_name);

}  // namespace signalbox::ingest
