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

// 64 consecutive keys. Few of them are packed: 16 bytes and 8 per key; from kFull on every key has
// its place: 528 bytes. Amounts grow in place, and new keys join a full chunk in place, until a
// snapshot was taken of it.
struct CounterChunk {
  static constexpr size_t kFull = 24;

  std::atomic<uint64_t> present;
  int32_t base;       // amounts are in units of 2^base
  uint32_t full : 1;  // not packed
  uint32_t era : 31;  // of the table when it was made

  uint64_t keys() const { return present.load(std::memory_order_acquire); }
  bool has(unsigned bit) const { return ((keys() >> bit) & 1) != 0; }
  std::atomic<double>& place(unsigned bit) {
    return reinterpret_cast<std::atomic<double>*>(this + 1)[rank(bit)];
  }
  // Requires: has(bit).
  double amount(unsigned bit) const {
    return reinterpret_cast<const std::atomic<double>*>(this + 1)[rank(bit)].load(std::memory_order_relaxed);
  }
  size_t rank(unsigned bit) const {
    const uint64_t before = keys() & ((uint64_t{1} << bit) - 1);
    return full != 0 ? bit : static_cast<size_t>(std::popcount(before));
  }
  size_t bytes() const { return Bytes(full != 0 ? 64 : static_cast<size_t>(std::popcount(keys()))); }
  static size_t Bytes(size_t places) { return sizeof(CounterChunk) + places * sizeof(double); }
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
