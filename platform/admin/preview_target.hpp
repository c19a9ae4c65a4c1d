// Which draft a body asks to try, and what it is compared with.
#pragma once

#include <optional>

#include "admin/draft_content.hpp"

namespace signalbox::admin {

struct Target {
  model::Revision draft;
  uint64_t number = 0;                       // 0 = content that is no revision yet
  std::optional<model::Revision> published;  // nullopt = nothing is in force
};

// Reads "scenario" and either "number" (of a revision) or "source", "values", "rules" and "base", as a
// draft is made. Errors: kNotFound; those of the store.
Result<Target> ReadTarget(const Call& call, Fields* body);

}  // namespace signalbox::admin
