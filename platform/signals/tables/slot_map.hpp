// key -> 64-bit slot, read without locks while one writer changes it: arrays for item keys, hash
// tables for others.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "signals/tables/reclaimer.hpp"

namespace signalbox::signals {

// Slots of dense keys in chunks that stay where they are; 0 = empty.
//
// Threads: Get from any under an epoch pin; the rest from one writer.
class DenseSlots {
 public:
  static constexpr uint64_t kMaxKey = UINT32_MAX - 1;

  explicit DenseSlots(Reclaimer& reclaimer) : reclaimer_(reclaimer), directory_(new Directory) {}
  ~DenseSlots();

  uint64_t Get(uint64_t key) const {
    const Directory* directory = directory_.load(std::memory_order_acquire);
    const uint64_t chunk = key / kChunk;
    if (chunk >= directory->chunks.size()) return 0;
    const Chunk* slots = directory->chunks[chunk].load(std::memory_order_acquire);
    return slots == nullptr ? 0 : (*slots)[key % kChunk].load(std::memory_order_acquire);
  }
  // Requires: key <= kMaxKey.
  void Set(uint64_t key, uint64_t value);
  // (key, slot) of every slot that is not empty, as it is now; keys ascend.
  std::vector<std::pair<uint64_t, uint64_t>> Copy() const;
  size_t memory_bytes() const { return memory_bytes_.load(std::memory_order_relaxed); }

 private:
  static constexpr size_t kChunk = 512;
  using Chunk = std::array<std::atomic<uint64_t>, kChunk>;
  struct Directory {
    std::vector<std::atomic<Chunk*>> chunks;
  };

  Reclaimer& reclaimer_;
  std::atomic<Directory*> directory_;
  std::atomic<size_t> memory_bytes_{0};
};

// Slots of any keys, in 64 open-addressing tables that grow one by one; 0 = empty.
//
// Threads: as DenseSlots.
class HashSlots {
 public:
  explicit HashSlots(Reclaimer& reclaimer);
  ~HashSlots();

  uint64_t Get(uint64_t key) const;
  // value 0 removes; the place stays taken until the table grows.
  void Set(uint64_t key, uint64_t value);
  std::vector<std::pair<uint64_t, uint64_t>> Copy() const;  // in no order
  size_t memory_bytes() const { return memory_bytes_.load(std::memory_order_relaxed); }

 private:
  static constexpr size_t kShards = 64;
  struct Slot {
    std::atomic<uint64_t> key{0};  // 0 = never used; the key 0 itself is kept apart
    std::atomic<uint64_t> value{0};
  };
  struct Table {
    explicit Table(size_t capacity) : slots(capacity) {}
    std::vector<Slot> slots;  // a power of two
  };
  struct Shard {
    std::atomic<Table*> table{nullptr};
    size_t taken = 0;  // keys ever put into this table
  };

  static uint64_t Mix(uint64_t key);
  static Slot* Place(Table& table, uint64_t mixed, uint64_t key);
  void Grow(Shard& shard);

  Reclaimer& reclaimer_;
  std::array<Shard, kShards> shards_;
  std::atomic<uint64_t> zero_{0};  // the slot of key 0
  std::atomic<size_t> memory_bytes_{0};
};

// One of the two, by the table's kind of keys.
class Slots {
 public:
  Slots(bool dense, Reclaimer& reclaimer)
      : dense_(dense ? std::make_unique<DenseSlots>(reclaimer) : nullptr),
        hash_(dense ? nullptr : std::make_unique<HashSlots>(reclaimer)) {}

  uint64_t Get(uint64_t key) const { return dense_ != nullptr ? dense_->Get(key) : hash_->Get(key); }
  void Set(uint64_t key, uint64_t value) {
    dense_ != nullptr ? dense_->Set(key, value) : hash_->Set(key, value);
  }
  std::vector<std::pair<uint64_t, uint64_t>> Copy() const {
    return dense_ != nullptr ? dense_->Copy() : hash_->Copy();
  }
  size_t memory_bytes() const { return dense_ != nullptr ? dense_->memory_bytes() : hash_->memory_bytes(); }

 private:
  std::unique_ptr<DenseSlots> dense_;
  std::unique_ptr<HashSlots> hash_;
};

}  // namespace signalbox::signals
