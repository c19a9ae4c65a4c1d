// Sums by a 32-bit key for one request: what a signal adds up while it walks its neighbours.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

namespace signalbox {

// An insert-only hash table whose entries are numbered 0, 1, 2 ... in the order they came, so that
// results do not depend on hashing. Memory is kept between requests.
//
// Threads: one. Keys: item handles or any number below 2^32 - 1.
class SparseSums {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;

  // Empties it; room for `expected` keys at first, which costs their 16 bytes each to clear.
  void Reset(size_t expected) {
    Clear(std::bit_ceil(std::max<size_t>(16, 2 * expected)));
    used_ = 0;
  }

  // The key's entry; a new one starts at 0.
  uint32_t Enter(uint32_t key) {
    Cell& cell = cells_[CellOf(key)];
    if (cell.key == key) return cell.entry;
    const uint32_t entry = used_++;
    cell = {key, entry};
    keys_[entry] = key;
    sums_[entry] = 0;
    if (2 * size_t{used_} > mask_) Grow();
    return entry;
  }
  // kNone = never entered, or never Reset.
  uint32_t Find(uint32_t key) const { return cells_.empty() ? kNone : cells_[CellOf(key)].entry; }

  size_t size() const { return used_; }
  // Views until the next Enter or Reset.
  std::span<const uint32_t> keys() const { return {keys_.data(), used_}; }
  std::span<float> sums() { return {sums_.data(), used_}; }
  std::span<const float> sums() const { return {sums_.data(), used_}; }
  float& operator[](uint32_t entry) { return sums_[entry]; }
  float operator[](uint32_t entry) const { return sums_[entry]; }

 private:
  struct Cell {
    uint32_t key, entry;
  };
  void Clear(size_t size) {
    if (cells_.size() < size) {
      cells_.resize(size);
      keys_.resize(size / 2);
      sums_.resize(size / 2);
    }
    std::memset(static_cast<void*>(cells_.data()), 0xff, size * sizeof(Cell));  // kNone in both
    shift_ = 32 - std::countr_zero(size);
    mask_ = static_cast<uint32_t>(size - 1);
  }
  void Grow() {
    Clear(2 * (size_t{mask_} + 1));
    for (uint32_t entry = 0; entry < used_; ++entry) cells_[CellOf(keys_[entry])] = {keys_[entry], entry};
  }
  // Where the key is, or the empty cell where it would go.
  size_t CellOf(uint32_t key) const {
    uint32_t at = (key * 2654435769u) >> shift_;  // 2^32 / golden ratio
    while (cells_[at].key != key && cells_[at].key != kNone) at = (at + 1) & mask_;
    return at;
  }

  std::vector<Cell> cells_;     // the first mask_ + 1 are in use, at most half of them taken
  std::vector<uint32_t> keys_;  // with sums_: room for half of the cells, the first used_ in use
  std::vector<float> sums_;
  uint32_t used_ = 0;
  int shift_ = 28;
  uint32_t mask_ = 0;
};

}  // namespace signalbox
