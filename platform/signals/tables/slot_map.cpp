// A grown directory or table is published whole; the old one is retired.
#include "signals/tables/slot_map.hpp"

namespace signalbox::signals {

DenseSlots::~DenseSlots() {
  const std::unique_ptr<Directory> directory(directory_.load(std::memory_order_relaxed));
  for (const auto& chunk : directory->chunks) delete chunk.load(std::memory_order_relaxed);
}

void DenseSlots::Set(uint64_t key, uint64_t value) {
  Directory* directory = directory_.load(std::memory_order_relaxed);
  const uint64_t chunk = key / kChunk;
  if (chunk >= directory->chunks.size()) {
    auto grown = std::make_unique<Directory>();
    grown->chunks =
        std::vector<std::atomic<Chunk*>>(std::max<size_t>(chunk + 1, directory->chunks.size() * 3 / 2));
    for (size_t i = 0; i < directory->chunks.size(); ++i) {
      grown->chunks[i].store(directory->chunks[i].load(std::memory_order_relaxed), std::memory_order_relaxed);
    }
    memory_bytes_ += (grown->chunks.size() - directory->chunks.size()) * sizeof(void*);
    directory_.store(grown.get(), std::memory_order_release);
    reclaimer_.RetireObject(directory);
    directory = grown.release();
  }
  Chunk* slots = directory->chunks[chunk].load(std::memory_order_relaxed);
  if (slots == nullptr) {
    slots = new Chunk{};
    memory_bytes_ += sizeof *slots;
    directory->chunks[chunk].store(slots, std::memory_order_release);
  }
  (*slots)[key % kChunk].store(value, std::memory_order_release);
}

std::vector<std::pair<uint64_t, uint64_t>> DenseSlots::Copy() const {
  std::vector<std::pair<uint64_t, uint64_t>> copy;
  const Directory* directory = directory_.load(std::memory_order_acquire);
  for (size_t c = 0; c < directory->chunks.size(); ++c) {
    const Chunk* slots = directory->chunks[c].load(std::memory_order_acquire);
    if (slots == nullptr) continue;
    for (size_t i = 0; i < kChunk; ++i) {
      const uint64_t value = (*slots)[i].load(std::memory_order_acquire);
      if (value != 0) copy.emplace_back(c * kChunk + i, value);
    }
  }
  return copy;
}

HashSlots::HashSlots(Reclaimer& reclaimer) : reclaimer_(reclaimer) {}

HashSlots::~HashSlots() {
  for (const Shard& shard : shards_) delete shard.table.load(std::memory_order_relaxed);
}

// The finaliser of SplitMix64 (Steele, Lea, Flood 2014).
uint64_t HashSlots::Mix(uint64_t key) {
  key = (key ^ (key >> 30)) * 0xBF58476D1CE4E5B9ull;
  key = (key ^ (key >> 27)) * 0x94D049BB133111EBull;
  return key ^ (key >> 31);
}

HashSlots::Slot* HashSlots::Place(Table& table, uint64_t mixed, uint64_t key) {
  const size_t mask = table.slots.size() - 1;
  for (size_t at = mixed & mask;; at = (at + 1) & mask) {
    const uint64_t found = table.slots[at].key.load(std::memory_order_acquire);
    if (found == key || found == 0) return &table.slots[at];
  }
}

uint64_t HashSlots::Get(uint64_t key) const {
  if (key == 0) return zero_.load(std::memory_order_acquire);
  const uint64_t mixed = Mix(key);
  Table* table = shards_[mixed >> 58].table.load(std::memory_order_acquire);
  if (table == nullptr) return 0;
  const Slot* slot = Place(*table, mixed, key);
  return slot->key.load(std::memory_order_acquire) == key ? slot->value.load(std::memory_order_acquire) : 0;
}

void HashSlots::Set(uint64_t key, uint64_t value) {
  if (key == 0) return zero_.store(value, std::memory_order_release);
  const uint64_t mixed = Mix(key);
  Shard& shard = shards_[mixed >> 58];
  Table* table = shard.table.load(std::memory_order_relaxed);
  if (table == nullptr || (shard.taken + 1) * 4 > table->slots.size() * 3) {
    if (value == 0 &&
        (table == nullptr || Place(*table, mixed, key)->key.load(std::memory_order_relaxed) == 0)) {
      return;
    }
    Grow(shard);
    table = shard.table.load(std::memory_order_relaxed);
  }
  Slot* slot = Place(*table, mixed, key);
  const bool fresh = slot->key.load(std::memory_order_relaxed) == 0;
  if (fresh && value == 0) return;
  slot->value.store(value, std::memory_order_release);
  if (fresh) {
    ++shard.taken;
    slot->key.store(key, std::memory_order_release);
  }
}

void HashSlots::Grow(Shard& shard) {
  Table* old = shard.table.load(std::memory_order_relaxed);
  size_t kept = 0;
  if (old != nullptr) {
    for (const Slot& slot : old->slots) kept += slot.value.load(std::memory_order_relaxed) != 0 ? 1 : 0;
  }
  size_t capacity = 8;
  while (capacity < 2 * (kept + 1)) capacity *= 2;
  auto grown = std::make_unique<Table>(capacity);
  if (old != nullptr) {
    for (const Slot& slot : old->slots) {
      const uint64_t key = slot.key.load(std::memory_order_relaxed);
      const uint64_t value = slot.value.load(std::memory_order_relaxed);
      if (value == 0) continue;
      Slot* place = Place(*grown, Mix(key), key);
      place->value.store(value, std::memory_order_relaxed);
      place->key.store(key, std::memory_order_relaxed);
    }
    memory_bytes_ -= old->slots.size() * sizeof(Slot);
  }
  memory_bytes_ += capacity * sizeof(Slot);
  shard.taken = kept;
  shard.table.store(grown.release(), std::memory_order_release);
  if (old != nullptr) reclaimer_.RetireObject(old);
}

std::vector<std::pair<uint64_t, uint64_t>> HashSlots::Copy() const {
  std::vector<std::pair<uint64_t, uint64_t>> copy;
  if (const uint64_t zero = zero_.load(std::memory_order_acquire); zero != 0) copy.emplace_back(0, zero);
  for (const Shard& shard : shards_) {
    const Table* table = shard.table.load(std::memory_order_acquire);
    if (table == nullptr) continue;
    for (const Slot& slot : table->slots) {
      const uint64_t key = slot.key.load(std::memory_order_acquire);
      const uint64_t value = slot.value.load(std::memory_order_acquire);
      if (key != 0 && value != 0) copy.emplace_back(key, value);
    }
  }
  return copy;
}

}  // namespace signalbox::signals
