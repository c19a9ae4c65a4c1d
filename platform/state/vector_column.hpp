// One named vector of the catalogue's items, kept small, for comparing items by cosine.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "ports/item_index.hpp"

namespace signalbox::state {

// A vector as whole numbers from -127 to 127, its greatest component being one of the two.
struct VectorRow {
  const int8_t* codes = nullptr;  // null = the item has no such vector
  float length = 0;               // of the codes; above 0 where there are any
};

// A row for each item that has the vector, in chunks of 256 items that copies share until one writes.
//
// Units:   cosines are within 0.01 of those of the floats, of 8 dimensions and more mostly within 0.002.
// Absent:  an item without the vector, with one of zeros only, or of another dimension.
// Threads: immutable once other threads read it. Set copies a chunk that another copy shares.
// Memory:  dimension + 4 bytes an item, in chunks that hold at least one.
class VectorColumn {
 public:
  // That of the first vector set; 0 = none yet.
  uint32_t dimension() const { return dimension_; }
  // Valid until the column is written or goes.
  VectorRow Get(ports::Handle item) const;
  // Takes the item's vector; leaves it without one where `values` is empty or of another dimension.
  void Set(ports::Handle item, std::span<const float> values);
  // The codes as floats, which Set makes the same codes of; empty = absent.
  std::vector<float> Values(ports::Handle item) const;
  // From -1 to 1. Requires: rows of this column that are there.
  double Cosine(const VectorRow& a, const VectorRow& b) const;
  size_t memory_bytes() const;

 private:
  static constexpr uint32_t kChunk = 256;
  struct Chunk {
    std::array<float, kChunk> lengths{};  // 0 = absent
    std::vector<int8_t> codes;
  };
  Chunk& Writable(size_t at);

  uint32_t dimension_ = 0;
  std::vector<std::shared_ptr<Chunk>> chunks_;
};

}  // namespace signalbox::state
