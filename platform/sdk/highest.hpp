// The highest of many values without sorting them.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace signalbox {

// A bound that at least `count` of the values reach, and few more: what is worth sorting. 0 where
// there are no more than `count`. Counts values by their exponent and four bits of their mantissa,
// which has no branch to guess.
//
// value: value(i) for i < size; each finite and >= 0.
template <typename Value>
float BoundOfHighest(size_t size, size_t count, const Value& value) {
  if (size <= count) return 0;
  constexpr int kDropped = 19;  // of 32 bits, the first being 0
  std::array<uint32_t, 4096> counts{};
  uint32_t top = 0;
  for (size_t i = 0; i < size; ++i) {
    const uint32_t place = std::bit_cast<uint32_t>(static_cast<float>(value(i))) >> kDropped & 4095;
    ++counts[place];
    top = std::max(top, place);
  }
  size_t reached = counts[top];
  while (reached < count) reached += counts[--top];
  return std::bit_cast<float>(top << kDropped);
}

}  // namespace signalbox
