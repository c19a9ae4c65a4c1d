// A hash of visitors' blocks by key: readers take no lock, writes come from one thread.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/epoch.hpp"
#include "state/user_record.hpp"

namespace signalbox::state {

// 64 shards of open addressing, 8 bytes a slot: the pointer with 16 bits of the key above it. A
// shard grows by itself, so no write pays for all visitors.
//
// Keys are keyed hashes already: their bits are used as they are.
class UserTable {
 public:
  explicit UserTable(EpochDomain& epochs) : epochs_(epochs) {}
  ~UserTable();
  UserTable(const UserTable&) = delete;
  UserTable& operator=(const UserTable&) = delete;

  // Null = absent. Threads: any, under a pin of the domain (the writer needs none).
  const BlockHead* Find(uint64_t key) const;

  // Puts or replaces the block of block->key; the former one, if any, is returned, not freed.
  const BlockHead* Put(const BlockHead* block);
  // Takes the block out and returns it; null = there was none.
  const BlockHead* Erase(uint64_t key);

  // Blocks of all keys, in no order. Requires: no write running.
  template <typename Visit>
  void ForEach(Visit&& visit) const {
    for (const auto& shard : shards_) {
      const Slots* slots = shard.slots.load(std::memory_order_acquire);
      for (uint64_t i = 0; slots != nullptr && i <= slots->mask; ++i) {
        const uint64_t slot = slots->at(i).load(std::memory_order_acquire);
        if (slot > kGone) visit(BlockOf(slot));
      }
    }
  }

  size_t size() const { return size_.load(std::memory_order_relaxed); }
  size_t memory_bytes() const;

 private:
  static constexpr uint64_t kGone = 1;  // erased; 0 = never used
  struct Slots {
    uint64_t mask;
    std::atomic<uint64_t>& at(uint64_t i) { return reinterpret_cast<std::atomic<uint64_t>*>(this + 1)[i]; }
    const std::atomic<uint64_t>& at(uint64_t i) const {
      return reinterpret_cast<const std::atomic<uint64_t>*>(this + 1)[i];
    }
  };
  struct Shard {
    std::atomic<Slots*> slots{nullptr};
    uint64_t used = 0;  // slots not 0
    uint64_t live = 0;
  };

  static uint64_t Tag(uint64_t key) { return (key >> 32 & 0xffff) << 48; }
  static const BlockHead* BlockOf(uint64_t slot) {
    return reinterpret_cast<const BlockHead*>(slot & 0xffff'ffff'ffffULL);
  }
  Shard& ShardOf(uint64_t key) { return shards_[key >> 58]; }
  const Shard& ShardOf(uint64_t key) const { return shards_[key >> 58]; }
  // Null = absent; `value` is what the slot held.
  static std::atomic<uint64_t>* FindSlot(Slots* slots, uint64_t key, uint64_t* value);
  void Grow(Shard& shard);

  EpochDomain& epochs_;
  std::array<Shard, 64> shards_;
  std::atomic<size_t> size_{0};
};

}  // namespace signalbox::state
