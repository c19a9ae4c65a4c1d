// Sums by a 32-bit key for one request: what a signal adds up while it walks its neighbours.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
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
    keys_.clear();
    sums_.clear();
  }

  // The key's entry; a new one starts at 0.
  uint32_t Enter(uint32_t key) {
    Cell& cell = cells_[CellOf(key)];
    if (cell.key != key) {
      const auto entry = static_cast<uint32_t>(keys_.size());
      cell = {key, entry};
      keys_.push_back(key);
      sums_.push_back(0);
      if (2 * keys_.size() > size_t{mask_} + 1) Grow();
      return entry;
    }
    return cell.entry;
  }
  // kNone = never entered, or never Reset.
  uint32_t Find(uint32_t key) const { return cells_.empty() ? kNone : cells_[CellOf(key)].entry; }

  size_t size() const { return keys_.size(); }
  // Views until the next Enter or Reset.
  std::span<const uint32_t> keys() const { return keys_; }
  std::span<float> sums() { return sums_; }
  std::span<const float> sums() const { return sums_; }
  float& operator[](uint32_t entry) { return sums_[entry]; }
  float operator[](uint32_t entry) const { return sums_[entry]; }

 private:
  struct Cell {
    uint32_t key, entry;
  };
  void Clear(size_t size) {
    if (cells_.size() < size) cells_.resize(size);
    std::fill_n(cells_.begin(), size, Cell{kNone, kNone});
    shift_ = 32 - std::countr_zero(size);
    mask_ = static_cast<uint32_t>(size - 1);
  }
  void Grow() {
    Clear(2 * (size_t{mask_} + 1));
    for (uint32_t entry = 0; entry < keys_.size(); ++entry)
      cells_[CellOf(keys_[entry])] = {keys_[entry], entry};
  }
  // Where the key is, or the empty cell where it would go.
  size_t CellOf(uint32_t key) const {
    uint32_t at = (key * 2654435769u) >> shift_;  // 2^32 / golden ratio
    while (cells_[at].key != key && cells_[at].key != kNone) at = (at + 1) & mask_;
    return at;
  }

  std::vector<Cell> cells_;
  std::vector<uint32_t> keys_;
  std::vector<float> sums_;
  int shift_ = 28;
  uint32_t mask_ = 0;
};

}  // namespace signalbox
