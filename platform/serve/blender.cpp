// Normalising and adding in the signals' order: the same input gives the same bytes.
#include "serve/blender.hpp"

#include <limits>

namespace signalbox::serve {
namespace {

ColumnScale ScaleOf(std::span<const float> column) {
  float low = std::numeric_limits<float>::infinity(), high = -low;
  for (const float raw : column) {
    if (!std::isfinite(raw)) continue;
    low = raw < low ? raw : low;
    high = raw > high ? raw : high;
  }
  ColumnScale scale;
  scale.speaks = low <= high;
  if (!scale.speaks) return scale;
  scale.low = low;
  scale.constant = !(high > low);
  // The range of huge scores of both signs may overflow; then all but the extremes tie.
  if (!scale.constant) scale.per_unit = 1 / (high - low);
  return scale;
}

}  // namespace

void BlendScores(const ScoreMatrix& matrix, std::span<const double> weights, Blend* blend) {
  blend->columns.assign(weights.size(), {});
  double all = 0, speaking = 0;
  for (size_t signal = 0; signal < weights.size(); ++signal) {
    all += weights[signal];
    if (weights[signal] <= 0 || matrix.candidates() == 0) continue;
    blend->columns[signal] = ScaleOf(matrix.column(signal));
    if (blend->columns[signal].speaks) speaking += weights[signal];
  }
  blend->scores.assign(matrix.candidates(), 0);
  for (size_t signal = 0; signal < weights.size(); ++signal) {
    ColumnScale& scale = blend->columns[signal];
    if (!scale.speaks) continue;
    scale.weight = weights[signal] * (all / speaking);
    const auto weight = static_cast<float>(scale.weight);
    const auto column = matrix.column(signal);
    for (size_t row = 0; row < column.size(); ++row) {
      blend->scores[row] += weight * scale.Normalise(column[row]);
    }
  }
}

}  // namespace signalbox::serve
