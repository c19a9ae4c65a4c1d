// The heaviest eligible keys over several groups: by the groups' leaderboards as long as they
// decide, else by a scan.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "signals/tables/counter_group.hpp"
#include "signals/tables/leaderboard.hpp"

namespace signalbox::signals {

// Bit i of word i / 64; null = all.
struct EligibleBits {
  const uint64_t* words;
  uint32_t bits;

  uint64_t word(uint64_t index) const {
    if (words == nullptr) return ~uint64_t{0};
    if (index * 64 >= bits) return 0;
    const uint64_t whole = words[index];
    const uint64_t left = bits - index * 64;
    return left >= 64 ? whole : whole & ((uint64_t{1} << left) - 1);
  }
  bool has(sb_item item) const { return ((word(item / 64) >> (item % 64)) & 1) != 0; }
};

// A group and the board that was current when the search began: both move on during updates.
struct RankedGroup {
  const CounterGroup* group;
  const Leaderboard* board;
};

// At most k entries, heaviest first, ties by id; amounts in units of 2^base, the largest of the
// boards' bases.
// Several groups: the threshold algorithm (Fagin, Lotem, Naor 2001).
std::vector<Leaderboard::Entry> HeaviestOf(std::span<const RankedGroup> groups, size_t k,
                                           const EligibleBits& eligible, int64_t base,
                                           const ports::ItemIndex& items);

}  // namespace signalbox::signals
