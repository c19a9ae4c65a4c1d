// Logarithms and powers of two by polynomials: without branches or tables, so that loops over them
// become vector code, several values at a time.
//
// The coefficients are those of S. Moshier's Cephes library (logf, exp2f).
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

namespace signalbox {

// log2(value), within 3e-7 of it or of 1, whichever is larger.
// Requires: value is a positive normal number.
inline float FastLog2(float value) {
  constexpr uint32_t kSqrtHalf = 0x3f3504f3;  // value = 2^exponent * [sqrt(1/2), sqrt(2))
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const int32_t exponent = static_cast<int32_t>(bits - kSqrtHalf) >> 23;
  const float x = std::bit_cast<float>(bits - (static_cast<uint32_t>(exponent) << 23)) - 1;
  const float square = x * x;
  float sum = 7.0376836292e-2f;
  sum = sum * x - 1.1514610310e-1f;
  sum = sum * x + 1.1676998740e-1f;
  sum = sum * x - 1.2420140846e-1f;
  sum = sum * x + 1.4249322787e-1f;
  sum = sum * x - 1.6668057665e-1f;
  sum = sum * x + 2.0000714765e-1f;
  sum = sum * x - 2.4999993993e-1f;
  sum = sum * x + 3.3333331174e-1f;
  const float natural = x + square * (sum * x - 0.5f);
  constexpr float kPerNatural = 1.4426950408889634f;  // 1 / ln 2
  return natural * kPerNatural + static_cast<float>(exponent);
}

// 2^power, within 3e-7 of it; powers past -126 and 126 count as these.
inline float FastExp2(float power) {
  const float bounded = std::min(std::max(power, -126.0f), 126.0f);
  const int32_t whole = static_cast<int32_t>(bounded + 128.5f) - 128;  // the nearest
  const float x = bounded - static_cast<float>(whole);
  float sum = 1.535336188319500e-4f;
  sum = sum * x + 1.339887440266574e-3f;
  sum = sum * x + 9.618437357674640e-3f;
  sum = sum * x + 5.550332471162809e-2f;
  sum = sum * x + 2.402264791363012e-1f;
  sum = sum * x + 6.931472028550421e-1f;
  return std::bit_cast<float>(static_cast<uint32_t>(whole + 127) << 23) * (1 + sum * x);
}

}  // namespace signalbox
