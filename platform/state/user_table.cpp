// Linear probing up to 7/8 full; a grown shard's former slots are retired to the epoch domain.
#include "state/user_table.hpp"

#include <cassert>
#include <cstdlib>
#include <new>

namespace signalbox::state {
namespace {

constexpr uint64_t kFirstSlots = 8;

}  // namespace

UserTable::~UserTable() {
  for (auto& shard : shards_) std::free(shard.slots.load(std::memory_order_relaxed));
}

std::atomic<uint64_t>* UserTable::FindSlot(Slots* slots, uint64_t key, uint64_t* value) {
  if (slots == nullptr) return nullptr;
  const uint64_t tag = Tag(key);
  for (uint64_t i = key & slots->mask;; i = (i + 1) & slots->mask) {
    *value = slots->at(i).load(std::memory_order_acquire);
    if (*value == 0) return nullptr;
    if (*value > kGone && (*value & 0xffffULL << 48) == tag && BlockOf(*value)->key == key)
      return &slots->at(i);
  }
}

const BlockHead* UserTable::Find(uint64_t key) const {
  uint64_t value;
  const auto* slot = FindSlot(ShardOf(key).slots.load(std::memory_order_acquire), key, &value);
  return slot == nullptr ? nullptr : BlockOf(value);
}

void UserTable::Grow(Shard& shard) {
  Slots* old = shard.slots.load(std::memory_order_relaxed);
  uint64_t capacity = kFirstSlots;
  while (capacity * 7 / 8 <= shard.live * 3 / 2) capacity *= 2;
  auto* slots = static_cast<Slots*>(std::calloc(1, sizeof(Slots) + capacity * sizeof(uint64_t)));
  if (slots == nullptr) throw std::bad_alloc();
  slots->mask = capacity - 1;
  for (uint64_t i = 0; old != nullptr && i <= old->mask; ++i) {
    const uint64_t slot = old->at(i).load(std::memory_order_relaxed);
    if (slot <= kGone) continue;
    uint64_t place = BlockOf(slot)->key & slots->mask;
    while (slots->at(place).load(std::memory_order_relaxed) != 0) place = (place + 1) & slots->mask;
    slots->at(place).store(slot, std::memory_order_relaxed);
  }
  shard.used = shard.live;
  shard.slots.store(slots, std::memory_order_release);
  if (old != nullptr) epochs_.Retire(old, std::free);
}

const BlockHead* UserTable::Put(const BlockHead* block) {
  const uint64_t key = block->key;
  Shard& shard = ShardOf(key);
  Slots* slots = shard.slots.load(std::memory_order_relaxed);
  const auto address = reinterpret_cast<uint64_t>(block);
  assert(address >> 48 == 0);
  uint64_t former;
  if (auto* slot = FindSlot(slots, key, &former)) {
    slot->store(address | Tag(key), std::memory_order_release);
    return BlockOf(former);
  }
  if (slots == nullptr || (shard.used + 1) * 8 > (slots->mask + 1) * 7) {
    Grow(shard);
    slots = shard.slots.load(std::memory_order_relaxed);
  }
  uint64_t i = key & slots->mask;
  while (slots->at(i).load(std::memory_order_relaxed) > kGone) i = (i + 1) & slots->mask;
  if (slots->at(i).load(std::memory_order_relaxed) == 0) ++shard.used;
  ++shard.live;
  slots->at(i).store(address | Tag(key), std::memory_order_release);
  size_.fetch_add(1, std::memory_order_relaxed);
  return nullptr;
}

const BlockHead* UserTable::Erase(uint64_t key) {
  Shard& shard = ShardOf(key);
  uint64_t former;
  auto* slot = FindSlot(shard.slots.load(std::memory_order_relaxed), key, &former);
  if (slot == nullptr) return nullptr;
  slot->store(kGone, std::memory_order_release);
  --shard.live;
  size_.fetch_sub(1, std::memory_order_relaxed);
  return BlockOf(former);
}

size_t UserTable::memory_bytes() const {
  size_t bytes = sizeof *this;
  for (const auto& shard : shards_) {
    const Slots* slots = shard.slots.load(std::memory_order_acquire);
    if (slots != nullptr) bytes += sizeof(Slots) + (slots->mask + 1) * sizeof(uint64_t);
  }
  return bytes;
}

}  // namespace signalbox::state
