// Managed tables of plain rows: recent (key -> last members with times) and vector (key -> floats).
#pragma once

#include <cstdint>

#include "signals/tables/reclaimer.hpp"
#include "signals/tables/slot_map.hpp"
#include "signals/tables/table.hpp"

namespace signalbox::signals {

// key -> the last `capacity` (member, time), in the order they were added.
// A row is an immutable block of 8 + 16 * count bytes, replaced by each add.
class RecentTable final : public Table {
 public:
  RecentTable(TableOptions options, EpochDomain& epochs, const ports::ItemIndex& items);

  void Add(const uint64_t* keys, const uint64_t* members, const int64_t* times_ms, size_t count);
  // False = no such row. The row is valid while the caller's pin lives.
  bool Row(uint64_t key, sb_recent_row* row) const;

  void EndBatch() override { reclaimer_.Flush(); }
  void Forget(uint64_t user) override;
  std::unique_ptr<FrozenTable> Freeze() override;
  Result<void> Restore(ByteSource& source) override;
  void Export(const ports::ItemIndex& items, std::vector<std::string>* lines) const override;
  size_t memory_bytes() const override { return slots_.memory_bytes() + reclaimer_.pool().reserved_bytes(); }

 private:
  friend class FrozenRecent;
  struct Block {
    uint64_t count;
    uint64_t* members() { return reinterpret_cast<uint64_t*>(this + 1); }
    const uint64_t* members() const { return reinterpret_cast<const uint64_t*>(this + 1); }
    int64_t* times() { return reinterpret_cast<int64_t*>(members() + count); }
    const int64_t* times() const { return reinterpret_cast<const int64_t*>(members() + count); }
    static size_t Bytes(size_t count) { return sizeof(Block) + count * 16; }
  };
  const Block* Find(uint64_t key) const { return reinterpret_cast<const Block*>(slots_.Get(key)); }
  Block* Make(size_t count);
  void Replace(uint64_t key, const Block* old, const Block* fresh);

  const ports::ItemIndex& items_;
  EpochDomain& epochs_;
  Reclaimer reclaimer_;
  Slots slots_;
};

// key -> float32[capacity]. Rows with a NaN or an infinity are not taken.
class VectorTable final : public Table {
 public:
  VectorTable(TableOptions options, EpochDomain& epochs, const ports::ItemIndex& items);

  // values: count x capacity, row-major.
  void Set(const uint64_t* keys, const float* values, size_t count);
  // null = none. Valid while the caller's pin lives.
  const float* Row(uint64_t key) const { return reinterpret_cast<const float*>(slots_.Get(key)); }

  void EndBatch() override { reclaimer_.Flush(); }
  void Forget(uint64_t user) override;
  std::unique_ptr<FrozenTable> Freeze() override;
  Result<void> Restore(ByteSource& source) override;
  void Export(const ports::ItemIndex& items, std::vector<std::string>* lines) const override;
  size_t memory_bytes() const override { return slots_.memory_bytes() + reclaimer_.pool().reserved_bytes(); }

 private:
  friend class FrozenVector;
  size_t row_bytes() const { return options().capacity * sizeof(float); }

  const ports::ItemIndex& items_;
  EpochDomain& epochs_;
  Reclaimer reclaimer_;
  Slots slots_;
};

}  // namespace signalbox::signals
