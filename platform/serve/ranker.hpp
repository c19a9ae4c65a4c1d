// Step 4: filters and boosts, from the best candidate down, until the list cannot change.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "ports/item_index.hpp"
#include "scripting/scenario.hpp"
#include "signalbox/plugin_abi.h"
#include "state/catalogue_view.hpp"

namespace signalbox::serve {

struct RankedRow {
  uint32_t row = 0;
  double score = 0;
  std::vector<std::string> effects;  // with explain: what each boost that acted did
};

struct RankInput {
  std::span<const sb_item> items;
  std::span<const float> scores;  // the blend, each >= 0
  uint32_t count = 0;             // how many are wanted
  bool explain = false;
  bool boost = true;
  const ports::ItemIndex* index = nullptr;              // for ties
  const state::CatalogueView* catalogue = nullptr;      // drops what is gone or hidden by now; may be null
  scripting::Run* rules = nullptr;                      // null = no rules
  const scripting::Declaration* declaration = nullptr;  // with rules
  const scripting::ItemReader* reader = nullptr;        // with rules; rows as in `items`
};

// Kept between requests. Threads: one.
class Ranker {
 public:
  // The best `count` rows that pass every filter, best first, ties in the order of ids. Rules are
  // not run for a row that cannot enter the list any more: its blend times the largest factors is
  // below the last one's score.
  // Errors: the script's fault.
  Result<void> Rank(const RankInput& input, std::vector<RankedRow>* ranked);

  // Whether a row may be in the list at all: not gone, and no filter drops it.
  static Result<bool> Passes(const RankInput& input, uint32_t row);

 private:
  struct Blended {
    float score;
    uint32_t row;
  };
  std::vector<Blended> heap_;
};

}  // namespace signalbox::serve
