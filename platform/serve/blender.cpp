// Normalising and adding in the signals' order: the same input gives the same bytes.
#include "serve/blender.hpp"

#include <algorithm>
#include <array>
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

// Columns are gone through in slices of a fixed size, which compilers turn into vectors.
constexpr size_t kSlice = 8;

ColumnScale ScaleOf(std::span<const float> column) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  std::array<float, kSlice> lows, highs;
  lows.fill(kInfinity);
  highs.fill(-kInfinity);
  const size_t sliced = column.size() / kSlice * kSlice;
  for (size_t row = 0; row < sliced; row += kSlice) {
    for (size_t i = 0; i < kSlice; ++i) {
      const float raw = column[row + i];
      lows[i] = std::min(lows[i], IfFinite(raw, raw, kInfinity));
      highs[i] = std::max(highs[i], IfFinite(raw, raw, -kInfinity));
    }
  }
  float low = *std::min_element(lows.begin(), lows.end());
  float high = *std::max_element(highs.begin(), highs.end());
  for (const float raw : column.subspan(sliced)) {
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

void AddColumn(std::span<const float> column, const ColumnScale& scale, float* __restrict scores) {
  const auto weight = static_cast<float>(scale.weight);
  // A constant column: 0 * per_unit + 0.5.
  const float per_unit = scale.constant ? 0 : scale.per_unit, added = scale.constant ? 0.5f : 0;
  const float low = scale.low;
  for (size_t row = 0; row < column.size(); ++row) {
    const float raw = column[row];
    scores[row] += weight * IfFinite(raw, (raw - low) * per_unit + added, 0);
  }
}

// To a millionth of the weights' order of magnitude: what signals let fade moves the last digits
// from one call to the next, and must not reorder items that are alike.
void Round(double weights, std::vector<float>* scores) {
  if (!(weights > 0) || !std::isfinite(weights)) return;
  constexpr double kExactly = 1e15;
  constexpr double kWhole = 6755399441055744;  // 1.5 * 2^52: what is added to it becomes whole
  const double steps = std::pow(10, 6 - std::floor(std::log10(weights) + 1e-9));
  for (float& score : *scores) {
    const double counted = score * steps;
    const auto rounded = static_cast<float>(((counted + kWhole) - kWhole) / steps);
    score = counted < kExactly ? rounded : score;
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
    AddColumn(matrix.column(signal), scale, blend->scores.data());
  }
  Round(all, &blend->scores);
}

}  // namespace signalbox::serve
