// One group of a counter over items: amounts packed by 64 keys, so that a sparse group costs what
// it holds and a dense one little more than 8 bytes a key.
#pragma once

#include <atomic>
#include <bit>
#include <cstdint>
#include <vector>

#include "signals/tables/leaderboard.hpp"
#include "signals/tables/reclaimer.hpp"
#include "signals/tables/slot_map.hpp"

namespace signalbox::signals {

// 64 consecutive keys: those that have an amount, packed. 16 bytes + 8 per present key. A block is
// never changed in shape; amounts grow in place until a snapshot was taken of it.
struct CounterChunk {
  uint64_t present;
  int32_t base;  // amounts are in units of 2^base
  uint32_t era;  // of the table when it was made
  std::atomic<double>* amounts() { return reinterpret_cast<std::atomic<double>*>(this + 1); }
  const std::atomic<double>* amounts() const {
    return reinterpret_cast<const std::atomic<double>*>(this + 1);
  }
  size_t count() const { return static_cast<size_t>(std::popcount(present)); }
  size_t rank(unsigned bit) const {
    return static_cast<size_t>(std::popcount(present & ((uint64_t{1} << bit) - 1)));
  }
  bool has(unsigned bit) const { return ((present >> bit) & 1) != 0; }
  static size_t Bytes(size_t count) { return sizeof(CounterChunk) + count * sizeof(double); }
};

// amount * 2^(from - to), also where the power alone is out of range.
double Scaled(double amount, int64_t from, int64_t to);

// Threads: const members from any under an epoch pin; the rest from one writer.
class CounterGroup {
 public:
  CounterGroup(Reclaimer& reclaimer, const ports::ItemIndex& items);
  ~CounterGroup();

  // Adds amount * 2^whole to the key. Chunks older than `era` are copied before they change.
  void Add(sb_item key, double amount, int64_t whole, uint32_t era);
  // Publishes the leaderboard if something was added.
  void EndBatch();
  // Takes a chunk of a snapshot. Requires: it is not there yet; amounts positive and finite.
  void Put(uint64_t chunk, uint64_t present, int32_t base, const double* amounts);

  // In units of 2^base; 0 = none.
  double Read(sb_item key, int64_t base) const;
  const CounterChunk* chunk(uint64_t index) const {
    return reinterpret_cast<const CounterChunk*>(chunks_.Get(index));
  }
  const Leaderboard& board() const { return *board_.load(std::memory_order_acquire); }
  std::vector<std::pair<uint64_t, uint64_t>> CopyChunks() const { return chunks_.Copy(); }
  // Gives every chunk back; the group is destroyed next.
  void RetireChunks();
  size_t memory_bytes() const {
    return chunks_.memory_bytes() + board().entries.capacity() * sizeof(Leaderboard::Entry);
  }

 private:
  CounterChunk* Make(uint64_t present, int32_t base, uint32_t era);
  // The chunk in a shape that can take the key, at a base near `whole`.
  CounterChunk* Prepare(uint64_t index, unsigned bit, int64_t whole, uint32_t era);

  Reclaimer& reclaimer_;
  const ports::ItemIndex& items_;
  DenseSlots chunks_;
  std::atomic<const Leaderboard*> board_;
  std::vector<sb_item> touched_;
  int64_t newest_ = 0;  // the largest `whole` added
};

}  // namespace signalbox::signals
