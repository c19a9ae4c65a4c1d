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

using scripting::Normalise;

ColumnScale ScaleOf(std::span<const float> column, Normalise kind) {
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
  scale.kind = kind;
  scale.speaks = low <= high;
  if (!scale.speaks) return scale;
  if (kind == Normalise::kMax && high > 0) scale.per_unit = 1 / high;
  if (kind == Normalise::kRank) {
    for (const float raw : column) {
      if (std::isfinite(raw)) scale.ascending.push_back(raw);
    }
    std::sort(scale.ascending.begin(), scale.ascending.end());
  }
  if (kind != Normalise::kMinMax) return scale;
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

// What each candidate's weights are multiplied by, so that it loses nothing by signals that share.
void ShareMissing(const ScoreMatrix& matrix, Blend* blend) {
  blend->shares.assign(matrix.candidates(), 1);
  double all = 0;
  for (const ColumnScale& scale : blend->columns) all += scale.weight;
  for (uint32_t row = 0; row < matrix.candidates(); ++row) {
    double missing = 0;
    for (size_t signal = 0; signal < blend->columns.size(); ++signal) {
      const ColumnScale& scale = blend->columns[signal];
      if (scale.shares && !std::isfinite(matrix.column(signal)[row])) missing += scale.weight;
    }
    if (missing > 0 && missing < all) blend->shares[row] = static_cast<float>(all / (all - missing));
    blend->scores[row] *= blend->shares[row];
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

float ColumnScale::Normalise(float raw) const {
  if (!std::isfinite(raw)) return 0;
  switch (kind) {
    case scripting::Normalise::kMinMax:
      return constant ? 0.5f : (raw - low) * per_unit;
    case scripting::Normalise::kMax:
      return std::max(0.0f, raw * per_unit);
    case scripting::Normalise::kNone:
      return std::clamp(raw, 0.0f, 1.0f);
    case scripting::Normalise::kRank:
      break;
  }
  if (ascending.size() < 2) return 1;
  // Equal scores share the best rank among them: those above count.
  const auto above = ascending.end() - std::upper_bound(ascending.begin(), ascending.end(), raw);
  return 1 - static_cast<float>(above) / static_cast<float>(ascending.size() - 1);
}

void BlendScores(const ScoreMatrix& matrix, std::span<const double> weights, const BlendRules& rules,
                 Blend* blend) {
  blend->columns.assign(weights.size(), {});
  blend->shares.clear();
  double all = 0, speaking = 0;
  for (size_t signal = 0; signal < weights.size(); ++signal) {
    all += weights[signal];
    if (weights[signal] <= 0 || matrix.candidates() == 0) continue;
    const auto kind = rules.normalise.empty() ? Normalise::kMinMax : rules.normalise[signal];
    blend->columns[signal] = ScaleOf(matrix.column(signal), kind);
    blend->columns[signal].shares = !rules.missing_share.empty() && rules.missing_share[signal];
    if (blend->columns[signal].speaks) speaking += weights[signal];
  }
  blend->scores.assign(matrix.candidates(), 0);
  for (size_t signal = 0; signal < weights.size(); ++signal) {
    ColumnScale& scale = blend->columns[signal];
    if (!scale.speaks) continue;
    scale.weight = weights[signal] * (all / speaking);
    const auto column = matrix.column(signal);
    if (scale.kind == Normalise::kMinMax) {
      AddColumn(column, scale, blend->scores.data());
      continue;
    }
    const auto weight = static_cast<float>(scale.weight);
    for (size_t row = 0; row < column.size(); ++row) {
      blend->scores[row] += weight * scale.Normalise(column[row]);
    }
  }
  if (!rules.missing_share.empty()) ShareMissing(matrix, blend);
  Round(all, &blend->scores);
}

}  // namespace signalbox::serve
