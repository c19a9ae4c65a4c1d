// The items under consideration in one request: who proposed them, each once.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "signalbox/plugin_abi.h"

namespace signalbox::serve {

// What one signal proposed, in its own order.
struct Proposal {
  std::vector<sb_item> items;
  std::vector<float> scores;
  std::vector<uint32_t> rows;  // of items; CandidateSet::kNoRow = excluded or a repetition
  bool failed = false;
};

// Rows of distinct items, found by a small open-addressing table. Kept between requests.
// Threads: one.
class CandidateSet {
 public:
  static constexpr uint32_t kNoRow = UINT32_MAX;

  // Forgets all rows and exclusions. `expected`: how many items may come, exclusions included.
  void Clear(size_t expected);
  // The item takes no row from here on.
  void Exclude(sb_item item) { Place(item, kNoRow); }
  // The item's row, a new one if need be; kNoRow = excluded.
  uint32_t Add(sb_item item);
  // True when the item was added or excluded before.
  bool Has(sb_item item) const;

  std::span<const sb_item> items() const { return items_; }
  std::vector<Proposal>& proposals() { return proposals_; }
  const std::vector<Proposal>& proposals() const { return proposals_; }

 private:
  struct Slot {
    sb_item item;
    uint32_t row;
    uint32_t stamp;  // of the Clear that it belongs to
  };
  size_t Find(sb_item item) const;
  void Place(sb_item item, uint32_t row);

  std::vector<Slot> slots_;  // a power of two, never more than half full
  std::vector<sb_item> items_;
  std::vector<Proposal> proposals_;
  uint32_t stamp_ = 0;
  size_t used_ = 0;
};

}  // namespace signalbox::serve
