// Filling with "no opinion".
#include "serve/score_matrix.hpp"

#include <algorithm>
#include <limits>

namespace signalbox::serve {

void ScoreMatrix::Reset(size_t candidates, size_t signals) {
  candidates_ = candidates;
  signals_ = signals;
  values_.assign(candidates * signals + 1, std::numeric_limits<float>::quiet_NaN());
}

void ScoreMatrix::Silence(size_t signal) {
  const auto values = column(signal);
  std::fill(values.begin(), values.end(), std::numeric_limits<float>::quiet_NaN());
}

}  // namespace signalbox::serve
