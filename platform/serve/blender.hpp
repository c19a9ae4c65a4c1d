// Step 3: columns normalised, weighted and added up.
#pragma once

#include <cmath>
#include <span>
#include <vector>

#include "scripting/scenario.hpp"
#include "serve/score_matrix.hpp"

namespace signalbox::serve {

// How one column enters the blend; see scripting::Normalise.
struct ColumnScale {
  double weight = 0;  // after sharing out; 0 where the signal has no opinion on any candidate
  float low = 0;
  float per_unit = 0;  // 1 / (high - low); of kMax 1 / high, 0 where none is above 0
  bool speaks = false;
  bool constant = false;  // kMinMax with high == low: 0.5 for each
  bool shares = false;    // where it has no opinion, the others share its weight
  scripting::Normalise kind = scripting::Normalise::kMinMax;
  std::vector<float> ascending;  // kRank: the finite scores

  // 0 to 1; no opinion (NaN, infinity) is 0.
  float Normalise(float raw) const;
};

// What a scenario declares about blending; by signal, empty = the default for all.
struct BlendRules {
  std::vector<scripting::Normalise> normalise;
  std::vector<bool> missing_share;
  bool plain() const { return normalise.empty() && missing_share.empty(); }
};

struct Blend {
  std::vector<float> scores;         // one per candidate, rounded to a millionth of the weights
  std::vector<ColumnScale> columns;  // one per signal
  std::vector<float> shares;         // per candidate what its weights are multiplied by; empty = 1
  float share_of(uint32_t row) const { return shares.empty() ? 1 : shares[row]; }
};

// The weight of a column without any opinion is shared among the others in proportion to theirs,
// so the weights that act add up to those that were given. Likewise, candidate by candidate, the weight
// of a signal of `missing_share` that has no opinion on it.
// Requires: weights.size() == matrix.signals(), each >= 0; rules likewise, or empty.
void BlendScores(const ScoreMatrix& matrix, std::span<const double> weights, const BlendRules& rules,
                 Blend* blend);

}  // namespace signalbox::serve
