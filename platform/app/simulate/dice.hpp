// Random choices that are the same on every machine: the standard's distributions are not.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <span>

namespace signalbox::app {

class Dice {
 public:
  explicit Dice(uint64_t seed) : random_(seed) {}

  // 0 <= x < 1.
  double Uniform() { return static_cast<double>(random_() >> 11) * 0x1.0p-53; }
  double Between(double low, double high) { return low + (high - low) * Uniform(); }
  bool Chance(double probability) { return Uniform() < probability; }
  size_t Below(size_t bound) { return static_cast<size_t>(Uniform() * static_cast<double>(bound)); }
  // Around `mean`, never negative (exponential).
  double Waiting(double mean) { return -mean * std::log1p(-Uniform()); }

  // An index by weight; weights.size() if none is above 0.
  size_t Pick(std::span<const double> weights) {
    double sum = 0;
    for (const double weight : weights) sum += weight;
    double left = Uniform() * sum;
    size_t last = weights.size();
    for (size_t i = 0; i < weights.size(); ++i) {
      if (weights[i] <= 0) continue;
      last = i;
      if ((left -= weights[i]) < 0) break;
    }
    return last;
  }

 private:
  std::mt19937_64 random_;
};

}  // namespace signalbox::app
