// How often visitors go back to what they saw in the same session: counts by situation.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "signalbox/views.hpp"

namespace signalbox::session {

// What a session's last event was, next to those before it.
enum class LastEvent : uint32_t { kNewItem = 0, kSameItem = 1, kEarlierItem = 2 };

// hits[j] of chances[j] times the next event was the item of recency rank j (0 = the current one).
// A situation is the kind of the last event and the number of distinct items so far.
//
// Threads: one writer, any readers; a reader may see a chance whose hit is not counted yet.
class Repeats {
 public:
  static constexpr uint32_t kRanks = 64;
  static constexpr uint32_t kLengths = 9;  // 0 .. 8 and more
  static constexpr uint32_t kSituations = 3 * kLengths;

  static uint32_t Situation(LastEvent last, size_t distinct_items) {
    return std::min(static_cast<uint32_t>(last), 2u) * kLengths +
           static_cast<uint32_t>(std::min<size_t>(distinct_items, kLengths - 1));
  }

  // An event in a session of distinct_items items; rank: the item's before the event, kNoItem = new.
  void Count(LastEvent last, size_t distinct_items, uint32_t rank) {
    const size_t row = size_t{Situation(last, distinct_items)} * kRanks;
    const size_t ranks = std::min<size_t>(distinct_items, kRanks);
    for (size_t j = 0; j < ranks; ++j) Increment(&counts_.chances[row + j]);
    if (rank < kRanks) Increment(&counts_.hits[row + rank]);
  }

  double chances(uint32_t situation, uint32_t rank) const { return Read(counts_.chances, situation, rank); }
  double hits(uint32_t situation, uint32_t rank) const { return Read(counts_.hits, situation, rank); }

  struct Counts {
    std::array<uint64_t, kSituations * kRanks> chances{}, hits{};
  };
  const Counts& counts() const { return counts_; }  // the writer's thread only
  void Restore(const Counts& counts) { counts_ = counts; }

 private:
  using Column = std::array<uint64_t, kSituations * kRanks>;
  static double Read(const Column& column, uint32_t situation, uint32_t rank) {
    const size_t at = size_t{situation} * kRanks + std::min(rank, kRanks - 1);
    return static_cast<double>(__atomic_load_n(&column[at], __ATOMIC_RELAXED));
  }
  static void Increment(uint64_t* count) { __atomic_store_n(count, *count + 1, __ATOMIC_RELAXED); }

  Counts counts_;
};

}  // namespace signalbox::session
