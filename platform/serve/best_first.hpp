// Rows by descending score, sorted only as far as they are asked for.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace signalbox::serve {

// Sorts a slice of the best at a time, each twice as long as the one before: whoever wants 20 of
// 500 pays for about 64. Kept between requests for its memory. Threads: one.
class BestFirst {
 public:
  // Row i has scores[i], finite and >= 0.
  void Start(std::span<const float> scores) {
    keys_.resize(scores.size());
    for (uint32_t row = 0; row < keys_.size(); ++row) {
      // Bits of floats >= 0 are in the order of their values; + 0 makes -0 one of them.
      keys_[row] = uint64_t{std::bit_cast<uint32_t>(scores[row] + 0.0f)} << 32 | (UINT32_MAX - row);
    }
    at_ = sorted_ = 0;
    slice_ = kFirstSlice;
  }
  bool empty() const { return at_ == keys_.size(); }
  struct Best {
    uint32_t row;
    float score;
  };
  // Requires: not empty. comes_first(a, b): whether row a is the better of two with the same score.
  template <typename ComesFirst>
  Best Top(const ComesFirst& comes_first) {
    if (at_ == sorted_) SortSlice(comes_first);
    return {RowOf(keys_[at_]), std::bit_cast<float>(BitsOf(keys_[at_]))};
  }
  // The one that Top gave is done with.
  void Pop() { ++at_; }

 private:
  static constexpr size_t kFirstSlice = 64;
  static uint32_t RowOf(uint64_t key) { return UINT32_MAX - static_cast<uint32_t>(key); }
  static uint32_t BitsOf(uint64_t key) { return static_cast<uint32_t>(key >> 32); }

  template <typename ComesFirst>
  void SortSlice(const ComesFirst& comes_first) {
    const auto begin = keys_.begin() + static_cast<std::ptrdiff_t>(sorted_);
    auto end = keys_.end();
    if (keys_.size() - sorted_ > slice_) {
      end = begin + static_cast<std::ptrdiff_t>(slice_);
      std::nth_element(begin, end - 1, keys_.end(), std::greater<>());
      // Whoever ties with the slice's last belongs to it: their order is not the keys'.
      const uint32_t last = BitsOf(end[-1]);
      end = std::partition(end, keys_.end(), [last](uint64_t key) { return BitsOf(key) == last; });
    }
    std::sort(begin, end, std::greater<>());
    for (auto from = begin; from != end;) {
      const auto to =
          std::find_if(from, end, [bits = BitsOf(*from)](uint64_t key) { return BitsOf(key) != bits; });
      if (to - from > 1) {
        std::sort(from, to, [&](uint64_t a, uint64_t b) { return comes_first(RowOf(a), RowOf(b)); });
      }
      from = to;
    }
    sorted_ = static_cast<size_t>(end - keys_.begin());
    slice_ *= 2;
  }

  std::vector<uint64_t> keys_;  // score's bits, then how far the row is from the last possible one
  size_t at_ = 0;               // the next
  size_t sorted_ = 0;           // those before it are in order
  size_t slice_ = kFirstSlice;
};

}  // namespace signalbox::serve
