// The highest of many values without sorting them.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

namespace signalbox {

// Moves the `count` best entries to the front, in no order, and returns how many that are: fewer
// only where there are no more. Counts values by their exponent and four bits of their mantissa,
// which has no branch to guess, and compares only those that share the last place.
//
// value: value(entry), finite and >= 0. better: better(a, b), where the higher value is the better.
template <typename Entry, typename Value, typename Better>
size_t KeepHighest(std::span<Entry> entries, size_t count, const Value& value, const Better& better) {
  if (entries.size() <= count) return entries.size();
  if (count == 0) return 0;
  const auto place_of = [&value](const Entry& entry) {
    constexpr int kDropped = 19;  // of 32 bits, the first being 0
    return std::bit_cast<uint32_t>(static_cast<float>(value(entry))) >> kDropped & 4095;
  };
  std::array<uint32_t, 4096> counts{};
  uint32_t last = 0;
  for (const Entry& entry : entries) {
    const uint32_t place = place_of(entry);
    ++counts[place];
    last = std::max(last, place);
  }
  size_t reached = counts[last];
  while (reached < count) reached += counts[--last];
  size_t kept = 0;
  for (const Entry& entry : entries) {
    const bool in = place_of(entry) >= last;
    entries[kept] = entry;
    kept += static_cast<size_t>(in);
  }
  const auto end = entries.begin() + static_cast<std::ptrdiff_t>(kept);
  const auto sure =
      std::partition(entries.begin(), end, [&](const Entry& entry) { return place_of(entry) > last; });
  std::nth_element(sure, entries.begin() + static_cast<std::ptrdiff_t>(count), end, better);
  return count;
}

}  // namespace signalbox
