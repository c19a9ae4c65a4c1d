// Decayed weights in the log domain: an amount is kept as a number in units of 2^base, where the
// unit grows by 2 each half life, so that time rewrites nothing.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

namespace signalbox::signals {

// 2^exponent, exact; 0 below the normal range, the largest power above it.
inline double PowerOfTwo(int64_t exponent) {
  if (exponent < -1022) return 0;
  const auto bits = static_cast<uint64_t>(std::min<int64_t>(exponent, 1023) + 1023);
  return std::bit_cast<double>(bits << 52);
}

// Rounded to 24 bits of mantissa: sums of the same amounts in another order compare equal.
inline double Rounded(double value) {
  const auto bits = std::bit_cast<uint64_t>(value);
  return std::bit_cast<double>((bits + 0x10000000u) & ~uint64_t{0x1fffffff});
}

// A time as 2^whole * factor, factor in [1, 2): what an amount of 1 given then weighs.
struct Stamp {
  int64_t whole = 0;
  double factor = 1;
};

class Decay {
 public:
  // half_life_ms 0 = no decay.
  explicit Decay(double half_life_ms) : per_ms_(half_life_ms > 0 ? 1 / half_life_ms : 0) {}

  Stamp At(int64_t time_ms) const {
    if (per_ms_ == 0) return {};
    const double age = static_cast<double>(time_ms) * per_ms_;
    const double whole = std::floor(age);
    return {static_cast<int64_t>(whole), std::exp2(age - whole)};
  }
  // What one unit of 2^base is worth at `now`.
  double Unit(int64_t base, int64_t now_ms) const {
    if (per_ms_ == 0) return PowerOfTwo(base);
    return std::exp2(static_cast<double>(base) - static_cast<double>(now_ms) * per_ms_);
  }

 private:
  double per_ms_;
};

// Remembers the last time's stamp: events of a batch share times, and exp2 is dear.
class StampCache {
 public:
  explicit StampCache(const Decay& decay) : decay_(decay), stamp_(decay.At(0)) {}
  const Stamp& At(int64_t time_ms) {
    if (time_ms != time_ms_) {
      stamp_ = decay_.At(time_ms);
      time_ms_ = time_ms;
    }
    return stamp_;
  }

 private:
  const Decay& decay_;
  int64_t time_ms_ = 0;
  Stamp stamp_;
};

// Only positive finite amounts count.
inline bool Counts(float weight) { return weight > 0 && std::isfinite(weight); }

}  // namespace signalbox::signals
