// Managed table: (group, key) -> decayed sum, with the heaviest keys at hand.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "signals/tables/counter_group.hpp"
#include "signals/tables/decay.hpp"
#include "signals/tables/reclaimer.hpp"
#include "signals/tables/slot_map.hpp"
#include "signals/tables/table.hpp"

namespace signalbox::signals {

// Item keys: amounts are doubles in units of 2^base, so sums of the same amounts in another order
// agree to the last bits, and without decay whole numbers stay exact.
// Hash keys: 16 bytes a slot, the same sums as log2 (plain where there is no decay).
class CounterTable final : public Table {
 public:
  CounterTable(TableOptions options, EpochDomain& epochs, const ports::ItemIndex& items);
  ~CounterTable() override;

  // groups null = all 0.
  void Add(const uint32_t* groups, const uint64_t* keys, const float* weights, const int64_t* times_ms,
           size_t count);
  void Read(const uint32_t* groups, size_t group_count, const uint64_t* keys, size_t count, int64_t now_ms,
            float* values) const;
  // Item keys only, else 0.
  size_t Top(const uint32_t* groups, size_t group_count, size_t k, const uint64_t* eligible,
             uint32_t eligible_bits, int64_t now_ms, sb_item* items, float* values) const;
  void DropGroups(uint32_t first);

  void EndBatch() override;
  void Forget(uint64_t user) override;
  std::unique_ptr<FrozenTable> Freeze() override;
  Result<void> Restore(ByteSource& source) override;
  void Export(const ports::ItemIndex& items, std::vector<std::string>* lines) const override;
  size_t memory_bytes() const override;

 private:
  friend class FrozenCounter;

  // Item keys have `dense`, hash keys `hash`.
  struct Group {
    uint32_t id;
    std::unique_ptr<CounterGroup> dense;
    std::unique_ptr<HashSlots> hash;
  };
  // Immutable, sorted by id; the groups it lists are owned by the table until dropped.
  using GroupList = std::vector<Group*>;

  // What an amount of 2^base is worth.
  struct Scale {
    int64_t base;
    double unit;
  };

  Group* Find(uint32_t id) const;
  Group* Open(uint32_t id);
  void PublishGroups(std::unique_ptr<GroupList> next);
  void AddHashed(Group& group, uint64_t key, float weight, const Stamp& stamp);
  double ReadHashed(const Group& group, uint64_t key, int64_t base) const;
  // Adds to values[i] what keys[i] has in the groups.
  static void AddDense(std::span<const Group* const> groups, const uint64_t* keys, size_t count,
                       const Scale& scale, float* values);
  Result<void> RestoreGroup(class SourceReader& in);

  const ports::ItemIndex& items_;
  EpochDomain& epochs_;
  Decay decay_;
  Reclaimer reclaimer_;
  std::atomic<const GroupList*> groups_;
  uint32_t era_ = 1;
};

}  // namespace signalbox::signals
