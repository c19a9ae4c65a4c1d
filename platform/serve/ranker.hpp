// Step 4: filters and boosts, from the best candidate down, until the list cannot change.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "ports/item_index.hpp"
#include "scripting/scenario.hpp"
#include "serve/best_first.hpp"
#include "serve/rules/screen.hpp"
#include "signalbox/plugin_abi.h"
#include "state/catalogue_view.hpp"

namespace signalbox::serve {

struct RankedRow {
  uint32_t row = 0;
  double score = 0;
  bool buried = false;
  std::vector<std::string> effects;  // with explain: what each boost that acted did
};

// Why a row is not in the list.
struct Verdict {
  enum class Kind { kKept, kGone, kRule, kFilter } kind = Kind::kKept;
  size_t filter = 0;                          // kFilter: which of the declaration's
  const scripting::ListRule* rule = nullptr;  // kRule: which excluded it
  bool kept() const { return kind == Kind::kKept; }
};

// What became of each row, for traces: those that nobody looked at stay as they are here.
struct RowTrace {
  bool looked_at = false;
  Verdict verdict;
  const scripting::ListRule* buried_by = nullptr;
  double score = 0;  // after boosts
  std::vector<std::string> effects;
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
  const Screen* screen = nullptr;                       // null = none of its rules acts
  // Not null: every row is looked at, whether it can enter the list or not, and written down here.
  std::vector<RowTrace>* trace = nullptr;
};

// Kept between requests. Threads: one.
class Ranker {
 public:
  // The best `count` rows that pass every filter, best first, ties in the order of ids. Rules are
  // not run for a row that cannot enter the list any more: its blend times the largest factors is
  // below the last one's score. What is buried follows the others, as far as there is room.
  // *all: no candidate is left that might have followed these.
  // Errors: the script's fault.
  Result<void> Rank(const RankInput& input, std::vector<RankedRow>* ranked, bool* all);
  // The same for a higher count, going on where the last call stopped. Requires: the last call was
  // for the same input but for its count, and did not fail.
  Result<void> Deepen(const RankInput& input, std::vector<RankedRow>* ranked, bool* all);

  // Whether a row may be in the list at all: not gone, not excluded, and no filter drops it.
  static Result<Verdict> Judge(const RankInput& input, uint32_t row);

 private:
  Result<bool> Look(const RankInput& input, RankedRow* row);
  void NoteScore(double score, uint32_t count);
  Result<void> AddBuried(const RankInput& input, std::vector<RankedRow>* ranked, bool* all);

  BestFirst left_;  // what nobody has looked at
  std::vector<RankedRow> kept_, buried_;
  std::vector<double> best_scores_;  // a heap of the `count` best of kept_, the lowest in front
};

}  // namespace signalbox::serve
