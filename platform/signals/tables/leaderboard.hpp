// The heaviest keys of one counter group, kept in order so that a request need not scan.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "ports/item_index.hpp"
#include "signalbox/plugin_abi.h"
#include "signals/tables/decay.hpp"

namespace signalbox::signals {

// Immutable. Amounts only grow and all decay alike, so the order changes only by adds.
struct Leaderboard {
  static constexpr size_t kEntries = 4096;

  struct Entry {
    sb_item item;
    double amount;  // in units of 2^base
  };
  int64_t base = 0;
  // Every key that is not listed has at most this amount; 0 = every key is listed.
  double threshold = 0;
  std::vector<Entry> entries;  // heaviest first, ties by id
};

// Heaviest first; amounts that differ by rounding only are ties, which go by id.
inline bool Heavier(const ports::ItemIndex& items, const Leaderboard::Entry& a, const Leaderboard::Entry& b) {
  const double x = Rounded(a.amount), y = Rounded(b.amount);
  return x != y ? x > y : items.Compare(a.item, b.item) < 0;
}

// The board after the amounts of `changed` (each item once, in units of 2^base) became what they
// are now; null = it stays as it is. base must be old.base or more.
std::unique_ptr<Leaderboard> NextLeaderboard(const Leaderboard& old, std::vector<Leaderboard::Entry> changed,
                                             int64_t base, const ports::ItemIndex& items);

}  // namespace signalbox::signals
