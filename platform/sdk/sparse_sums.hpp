// Sums by a 32-bit key for one request: what a signal adds up while it walks its neighbours.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

namespace signalbox {

// An insert-only map whose entries are numbered 0, 1, 2 ... in the order they came, so that results
// do not depend on how keys are found. Memory is kept between requests.
//
// Keys of a small range are found by an array of entries by key that is never cleared: an entry is
// the key's if the entry's key says so (Briggs and Torczon, "An efficient representation for sparse
// sets", 1993). That has no branch to guess. Others are found by a hash table.
//
// Threads: one. Keys: item handles or any number below 2^32 - 1.
class SparseSums {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;
  // Ranges of keys up to this have an array, of 4 bytes a key.
  static constexpr uint64_t kArrayKeys = uint64_t{1} << 18;

  // Empties it; room for `expected` keys at first. Nearly all keys will be below keys_below; what
  // the rest costs is time.
  void Reset(size_t expected, uint64_t keys_below = UINT32_MAX) {
    std::fill_n(sums_.begin(), used_, 0.0f);
    used_ = 0;
    by_array_ = keys_below <= kArrayKeys;
    if (by_array_) {
      if (array_.size() < keys_below) array_.resize(std::bit_ceil(keys_below));
    } else {
      Clear(std::bit_ceil(std::max<size_t>(16, 2 * expected)));
    }
    MakeRoom(std::max<size_t>(expected, 8));
  }

  // The key's entry; a new one starts at 0.
  uint32_t Enter(uint32_t key) {
    uint32_t entry = 0;
    EnterAll({&key, 1}, &entry);
    return entry;
  }
  // entries[i] = the entry of keys[i]. Requires: room for keys.size() entries.
  void EnterAll(std::span<const uint32_t> keys, uint32_t* entries) {
    Walk(keys, [entries](size_t i, uint32_t entry) { entries[i] = entry; });
  }
  // Adds the amount to every key's sum.
  void AddAll(std::span<const uint32_t> keys, float amount) {
    Walk(keys, [this, amount](size_t, uint32_t entry) { sums_[entry] += amount; });
  }

  // kNone = never entered.
  uint32_t Find(uint32_t key) const {
    if (!by_array_) return cells_.empty() ? kNone : cells_[CellOf(key)].entry;
    const uint32_t entry = key < array_.size() ? array_[key] : 0;
    return entry < used_ && keys_[entry] == key ? entry : kNone;
  }
  // scores[i] = the sum of keys[i] where it is above 0; others stay as they are.
  // Requires: as many scores as keys.
  void ReadPositive(std::span<const uint32_t> keys, std::span<float> scores) const {
    if (used_ == 0) return;
    for (size_t i = 0; i < keys.size(); ++i) {
      const uint32_t entry = Find(keys[i]);
      const float sum = entry == kNone ? 0 : sums_[entry];
      scores[i] = sum > 0 ? sum : scores[i];
    }
  }

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

  // use(i, entry of keys[i]) for each in turn.
  template <typename Use>
  void Walk(std::span<const uint32_t> keys, const Use& use) {
    MakeRoom(used_ + keys.size());
    if (by_array_) {
      uint32_t highest = 0;
      for (const uint32_t key : keys) highest = std::max(highest, key);
      if (highest >= array_.size()) Widen(highest);
    }
    if (!by_array_) {
      for (size_t i = 0; i < keys.size(); ++i) use(i, EnterCell(keys[i]));
      return;
    }
    uint32_t* const array = array_.data();
    uint32_t* const known = keys_.data();
    uint32_t used = used_;
    for (size_t i = 0; i < keys.size(); ++i) {
      const uint32_t key = keys[i], found = array[key];
      const auto fresh = static_cast<uint32_t>((found >= used) | (known[found] != key));
      const uint32_t entry = found ^ ((found ^ used) & (0 - fresh));
      array[key] = entry;
      known[entry] = key;
      used += fresh;
      use(i, entry);
    }
    used_ = used;
  }
  // A key past the range that was expected: a longer array, or a hash table from here on.
  void Widen(uint32_t key) {
    by_array_ = key < kArrayKeys;
    if (by_array_) return array_.resize(std::bit_ceil(uint64_t{key} + 1));
    Clear(std::bit_ceil(std::max<size_t>(16, 4 * size_t{used_})));
    Refill();
  }
  // Every entry in the array or the cells is below keys_.size(), which never shrinks.
  void MakeRoom(size_t entries) {
    if (entries <= keys_.size()) return;
    keys_.resize(std::bit_ceil(entries));
    sums_.resize(keys_.size());
  }

  uint32_t EnterCell(uint32_t key) {
    Cell& cell = cells_[CellOf(key)];
    if (cell.key == key) return cell.entry;
    const uint32_t entry = used_++;
    cell = {key, entry};
    keys_[entry] = key;
    if (2 * size_t{used_} > mask_) {
      Clear(2 * (size_t{mask_} + 1));
      Refill();
    }
    return entry;
  }
  void Clear(size_t size) {
    if (cells_.size() < size) cells_.resize(size);
    std::memset(static_cast<void*>(cells_.data()), 0xff, size * sizeof(Cell));  // kNone in both
    shift_ = 32 - std::countr_zero(size);
    mask_ = static_cast<uint32_t>(size - 1);
  }
  void Refill() {
    for (uint32_t entry = 0; entry < used_; ++entry) cells_[CellOf(keys_[entry])] = {keys_[entry], entry};
  }
  // Where the key is, or the empty cell where it would go.
  size_t CellOf(uint32_t key) const {
    uint32_t at = (key * 2654435769u) >> shift_;  // 2^32 / golden ratio
    while (cells_[at].key != key && cells_[at].key != kNone) at = (at + 1) & mask_;
    return at;
  }

  bool by_array_ = false;
  std::vector<uint32_t> array_;  // entry by key, or anything
  std::vector<Cell> cells_;      // the first mask_ + 1 are in use, at most half of them taken
  std::vector<uint32_t> keys_;   // with sums_: the first used_ are in use
  std::vector<float> sums_;      // the rest is 0
  uint32_t used_ = 0;
  int shift_ = 28;
  uint32_t mask_ = 0;
};

}  // namespace signalbox
