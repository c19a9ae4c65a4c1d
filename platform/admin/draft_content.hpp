// What a draft consists of, from what a caller gave and what it started from.
#pragma once

#include <string>
#include <vector>

#include "admin/call.hpp"
#include "admin/fields.hpp"

namespace signalbox::admin {

struct DraftContent {
  uint64_t base = 0;
  model::RevisionContent content;
  std::vector<std::string> dropped_values;  // the new text has no use for them
};

// Reads "source", "values", "rules" and "base"; what is not given is the base's, and base is what is in
// force where it is not given. Values that were taken over and do not fit the text are dropped; those
// that were given are refused by Check. Faults of the fields are kept there, for Finish.
// Errors: kNotFound (base); those of the store.
Result<DraftContent> ReadDraft(const Call& call, Fields* body);

}  // namespace signalbox::admin
