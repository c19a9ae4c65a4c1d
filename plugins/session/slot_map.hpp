// Which slot a session has: 4 bytes a cell, keys are looked up where the sessions are.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

namespace signalbox::session {

// Open addressing, linear probing, at most 3/4 full. KeyAt(slot) gives a slot's key; keys are
// hashes already. One thread.
template <typename KeyAt>
class SlotMap {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;

  explicit SlotMap(KeyAt key_at) : key_at_(key_at), cells_(64, kNone) {}

  uint32_t Find(uint64_t key) const { return cells_[CellOf(key)]; }
  // Requires: the key is not in it, and key_at gives it for the slot.
  void Insert(uint64_t key, uint32_t slot) {
    if (4 * (size_ + 1) > 3 * cells_.size()) Grow();
    cells_[CellOf(key)] = slot;
    ++size_;
  }
  // The key's slot from now on. Requires: key_at gives the key for both slots.
  void Replace(uint64_t key, uint32_t slot) {
    uint32_t& cell = cells_[CellOf(key)];
    if (cell == kNone) return Insert(key, slot);
    cell = slot;
  }
  // Requires: key_at still gives the key for its slot.
  void Erase(uint64_t key) {
    size_t hole = CellOf(key);
    if (cells_[hole] == kNone) return;
    // Moves back what was pushed past the hole, so that no search stops early.
    for (size_t at = Next(hole); cells_[at] != kNone; at = Next(at)) {
      const size_t home = Home(key_at_(cells_[at]));
      if (((at - home) & (cells_.size() - 1)) < ((at - hole) & (cells_.size() - 1))) continue;
      cells_[hole] = cells_[at];
      hole = at;
    }
    cells_[hole] = kNone;
    --size_;
  }
  // Makes room for so many keys, so that no growth comes before. Requires: it is empty.
  void Reserve(size_t keys) {
    cells_.assign(std::bit_ceil(std::max<size_t>(64, keys + keys / 3 + 1)), kNone);
  }
  size_t size() const { return size_; }
  size_t memory_bytes() const { return cells_.capacity() * sizeof(uint32_t); }

 private:
  size_t Home(uint64_t key) const {
    return (key * 0x9E3779B97F4A7C15ull) >> (64 - std::countr_zero(cells_.size()));
  }
  size_t Next(size_t at) const { return (at + 1) & (cells_.size() - 1); }
  // Where the key is, or the empty cell where it would go.
  size_t CellOf(uint64_t key) const {
    size_t at = Home(key);
    while (cells_[at] != kNone && key_at_(cells_[at]) != key) at = Next(at);
    return at;
  }
  void Grow() {
    std::vector<uint32_t> old(cells_.size() * 2, kNone);
    old.swap(cells_);
    for (const uint32_t slot : old) {
      if (slot != kNone) cells_[CellOf(key_at_(slot))] = slot;
    }
  }

  KeyAt key_at_;
  std::vector<uint32_t> cells_;
  size_t size_ = 0;
};

}  // namespace signalbox::session
