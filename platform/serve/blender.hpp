// Step 3: columns normalised, weighted and added up.
#pragma once

#include <cmath>
#include <span>
#include <vector>

#include "serve/score_matrix.hpp"

namespace signalbox::serve {

// How one column enters the blend: min-max over the candidates it has an opinion on.
struct ColumnScale {
  double weight = 0;  // after sharing out; 0 where the signal has no opinion on any candidate
  float low = 0;
  float per_unit = 0;  // 1 / (high - low)
  bool speaks = false;
  bool constant = false;  // high == low: 0.5 for each

  // 0 to 1; no opinion (NaN, infinity) is 0.
  float Normalise(float raw) const {
    if (!std::isfinite(raw)) return 0;
    return constant ? 0.5f : (raw - low) * per_unit;
  }
};

struct Blend {
  std::vector<float> scores;         // one per candidate, rounded to a millionth of the weights
  std::vector<ColumnScale> columns;  // one per signal
};

// The weight of a column without any opinion is shared among the others in proportion to theirs,
// so the weights that act add up to those that were given.
// Requires: weights.size() == matrix.signals(), each >= 0.
void BlendScores(const ScoreMatrix& matrix, std::span<const double> weights, Blend* blend);

}  // namespace signalbox::serve
