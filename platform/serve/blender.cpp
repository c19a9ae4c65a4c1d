// Normalising and adding in the signals' order: the same input gives the same bytes.
#include "serve/blender.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>

namespace signalbox::serve {
namespace {

// `value` where raw is finite, else `other`; without a branch, as who has an opinion is as good as
// random.
float IfFinite(float raw, float value, float other) {
  constexpr uint32_t kExponent = 0x7f800000;
  const uint32_t mask = uint32_t{0} - uint32_t{(std::bit_cast<uint32_t>(raw) & kExponent) != kExponent};
  return std::bit_cast<float>((std::bit_cast<uint32_t>(value) & mask) |
                              (std::bit_cast<uint32_t>(other) & ~mask));
}

ColumnScale ScaleOf(std::span<const float> column) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  float low = kInfinity, high = -kInfinity;
  for (const float raw : column) {
    low = std::min(low, IfFinite(raw, raw, kInfinity));
    high = std::max(high, IfFinite(raw, raw, -kInfinity));
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

// To a millionth of the weights' order of magnitude: what signals let fade moves the last digits
// from one call to the next, and must not reorder items that are alike.
void Round(double weights, std::vector<float>* scores) {
  if (!(weights > 0) || !std::isfinite(weights)) return;
  constexpr double kExactly = 1e15;
  const double steps = std::pow(10, 6 - std::floor(std::log10(weights) + 1e-9));
  for (float& score : *scores) {
    const double counted = score * steps + 0.5;
    if (counted < kExactly) {
      score = static_cast<float>(static_cast<double>(static_cast<int64_t>(counted)) / steps);
    }
  }
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
      const float raw = column[row];
      const float normalised = scale.constant ? 0.5f : (raw - scale.low) * scale.per_unit;
      blend->scores[row] += weight * IfFinite(raw, normalised, 0);
    }
  }
  Round(all, &blend->scores);
}

}  // namespace signalbox::serve
