// Small blocks of words cut from pages, with a free list per size.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "pages.hpp"

namespace signalbox::session {

// A block is named by the number of its first word; 0 = none. Its size is not kept: the user of a
// block knows how many words it asked for.
//
// Threads: one writer; Find from any. A freed block is used again at once: readers check that what
// named it still does, after they have copied from it.
class Blocks {
 public:
  // largest: the most words of a block, at most kPageWords.
  explicit Blocks(uint32_t largest);

  // How many words a block for `words` has. Requires: words <= largest.
  uint32_t Capacity(uint32_t words) const { return sizes_[size_of_[words]]; }
  uint32_t Take(uint32_t words);
  void Give(uint32_t block, uint32_t words);

  // Null = not a block.
  const uint32_t* Find(uint32_t block) const { return words_.Find(block); }
  uint32_t Load(uint32_t block, uint32_t offset) const { return words_.Load(uint64_t{block} + offset); }
  void Store(uint32_t block, uint32_t offset, uint32_t value) {
    words_.Store(uint64_t{block} + offset, value);
  }

  // What is not in the pages; part of a snapshot.
  struct Heads {
    uint64_t top = 1;
    std::vector<uint32_t> free;
  };
  const Heads& heads() const { return heads_; }
  // Throws InvalidState.
  void RestoreHeads(Heads heads);
  // True if [block, block + words) is inside one page that exists.
  bool Holds(uint32_t block, uint32_t words) const {
    return block != 0 && block % kPageWords + words <= kPageWords && words_.Find(block) != nullptr;
  }

  PagedWords& words() { return words_; }
  size_t memory_bytes() const { return words_.memory_bytes(); }

 private:
  PagedWords words_;
  std::vector<uint32_t> sizes_;   // ascending
  std::vector<uint8_t> size_of_;  // words -> index of the smallest size that holds them
  Heads heads_;
};

}  // namespace signalbox::session
