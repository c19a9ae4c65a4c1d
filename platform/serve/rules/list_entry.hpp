// An item that may be in the answer.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "serve/candidate_set.hpp"

namespace signalbox::serve {

struct ListEntry {
  sb_item item = SB_NO_ITEM;
  double score = 0;
  // A signal's name, "history", "popular", "newest" or "pinned"; lives as long as the tenant. Empty in
  // the pool for what has a row.
  std::string_view reason;
  uint32_t row = CandidateSet::kNoRow;  // in the score matrix; kNoRow = filled up or pinned
  double propensity = 1;                // the chance it had to be in the list; below 1 by `explore` only
  std::vector<std::string> effects;     // with explain: what each boost and rule that acted did
};

}  // namespace signalbox::serve
