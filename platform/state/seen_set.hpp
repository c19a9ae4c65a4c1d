// Builds the seen items of a visitor's next version.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "state/user_record.hpp"

namespace signalbox::state {

// The seen items of a version that is being built.
struct SeenPart {
  SeenBlock* block = nullptr;          // from malloc, or the former version's
  std::span<const SeenEntry> entries;  // what lies behind the history when there is no block; at
                                       // most kInlineSeen, valid until the builder's next call
  uint16_t count = 0;
  uint16_t next_order = 0;
};

// An item is kept with its strongest event and the last day of one as strong. Of more than kSeenItems the
// weakest go, the oldest of them first; an item that enters weaker than all of a full set is not taken.
//
// What comes out depends on the items and their order only, never on how blocks were cut.
// Threads: one.
class SeenBuilder {
 public:
  // user: null for a new visitor. May write behind the entries that `user` counts.
  SeenPart Add(const UserBlock* user, Handle item, uint16_t strength, uint16_t day);
  // Items of both; those of `older` are taken to have entered first.
  SeenPart Unite(const UserBlock& older, const UserBlock& newer);
  // entries: of distinct items, in any order; orders differ.
  SeenPart Pack(std::vector<SeenEntry> entries);

 private:
  SeenPart Packed();

  std::vector<SeenEntry> scratch_;
};

}  // namespace signalbox::state
