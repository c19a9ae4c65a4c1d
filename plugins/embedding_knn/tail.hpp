// Vectors that are not in the graph yet: rows appended by one writer, scanned by many readers.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "signalbox/views.hpp"

namespace signalbox::embedding_knn {

// item -> row; open addressing, written by one thread beside readers. Entries are replaced, never
// removed: whether a row still counts is the row's own mark.
class RowTable {
 public:
  static constexpr uint32_t kNoRow = UINT32_MAX;

  explicit RowTable(size_t entries);  // room for so many at half load
  uint32_t Find(Item item) const;
  // False = full: copy into a larger table first.
  bool Set(Item item, uint32_t row);
  size_t room() const { return slots_.size() / 2; }

 private:
  static constexpr uint64_t kEmpty = UINT64_MAX;
  size_t SlotOf(Item item) const;

  std::vector<std::atomic<uint64_t>> slots_;  // item << 32 | row
  size_t used_ = 0;
};

// A fixed number of rows. Rows below the reader's end never change, but for the dead mark.
struct TailChunk {
  static constexpr uint32_t kRows = 256;
  explicit TailChunk(size_t dimension) : values(std::make_unique<float[]>(kRows * dimension)) {}

  bool alive(uint32_t i) const { return (dead[i / 64].load(std::memory_order_relaxed) >> (i % 64) & 1) == 0; }

  std::array<std::atomic<uint64_t>, kRows / 64> dead{};
  std::array<Item, kRows> items;
  std::unique_ptr<float[]> values;
};

// What a reader sees: rows [begin, end) of a numbering that goes on through the index's life.
struct TailView {
  size_t dimension = 0;
  uint32_t base = 0;  // number of the first row of chunks[0]
  uint32_t begin = 0;
  uint32_t end = 0;
  std::vector<std::shared_ptr<TailChunk>> chunks;
  std::shared_ptr<const RowTable> table;

  // Requires: begin <= row < end.
  bool alive(uint32_t row) const { return Chunk(row).alive((row - base) % TailChunk::kRows); }
  Item ItemAt(uint32_t row) const { return Chunk(row).items[(row - base) % TailChunk::kRows]; }
  const float* VectorAt(uint32_t row) const {
    return &Chunk(row).values[(row - base) % TailChunk::kRows * dimension];
  }
  // kNoRow = not in the tail, or no longer.
  uint32_t Find(Item item) const;

 private:
  const TailChunk& Chunk(uint32_t row) const { return *chunks[(row - base) / TailChunk::kRows]; }
};

// The writer's side. One thread.
class Tail {
 public:
  explicit Tail(size_t dimension, uint32_t first_row = 0);

  // The row's number. The item's former row is marked dead.
  uint32_t Append(Item item, const float* vector);
  // False = it has no row.
  bool Kill(Item item);
  // Drops every row below `first`; rows keep their numbers. Views keep what they hold.
  void DropBelow(uint32_t first);
  // Writes the living rows again at the end and drops the rest.
  void Compact();

  const TailView& view() const { return view_; }
  size_t rows() const { return view_.end - view_.begin; }
  size_t living() const { return living_; }

 private:
  void Index(Item item, uint32_t row);

  TailView view_;
  std::shared_ptr<RowTable> table_;
  size_t living_ = 0;
};

}  // namespace signalbox::embedding_knn
