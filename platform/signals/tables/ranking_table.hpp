// Managed table: key -> the heaviest members by decayed weight.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "signals/tables/decay.hpp"
#include "signals/tables/reclaimer.hpp"
#include "signals/tables/slot_map.hpp"
#include "signals/tables/table.hpp"

namespace signalbox::signals {

// A row is an immutable block of 12 + 8 * count bytes; with its slot, 30 members take 260 bytes.
// Its float weights are in units of 2^base; the base moves on by whole half lives only, which
// scales them exactly, so a row depends on the sequence of adds and not on how it was batched.
//
// A full row drops its lightest member (of equals the one with the larger id) and the new one
// takes its place, so a newcomer can rise.
class RankingTable final : public Table {
 public:
  RankingTable(TableOptions options, EpochDomain& epochs, const ports::ItemIndex& items);

  void Add(const uint64_t* keys, const sb_item* members, const float* weights, const int64_t* times_ms,
           size_t count);
  // False = no such row. The row is valid while the caller's pin lives.
  bool Row(uint64_t key, int64_t now_ms, sb_ranking_row* row) const;
  // The writer's own view: with what this batch added.
  bool RowForWriter(uint64_t key, int64_t now_ms, sb_ranking_row* row);

  void EndBatch() override;
  void Forget(uint64_t user) override;
  std::unique_ptr<FrozenTable> Freeze() override;
  Result<void> Restore(ByteSource& source) override;
  void Export(const ports::ItemIndex& items, std::vector<std::string>* lines) const override;
  size_t memory_bytes() const override;

 private:
  friend class FrozenRanking;

  // A published row; members, then weights follow it.
  struct Header {
    int32_t base;
    uint32_t count;
    uint32_t working;  // 1 + index into working_ of the row's unpublished version; writer only
    const sb_item* members() const { return reinterpret_cast<const sb_item*>(this + 1); }
    const float* weights() const { return reinterpret_cast<const float*>(members() + count); }
    static size_t Bytes(size_t count) { return sizeof(Header) + count * (sizeof(sb_item) + sizeof(float)); }
  };
  // A row being changed; its members and weights are at its index in the two arrays.
  struct Working {
    uint64_t key;
    int32_t base;
    uint32_t count;
  };
  static constexpr size_t kWorkingBytes = 512 << 10;

  Header* Find(uint64_t key) const { return reinterpret_cast<Header*>(slots_.Get(key)); }
  size_t Open(uint64_t key);
  void AddOne(size_t index, sb_item member, double amount, int64_t whole);
  size_t Lightest(size_t index) const;
  void Publish(uint64_t key, int32_t base, std::span<const sb_item> members, std::span<const float> weights);
  void PublishAll();
  void Replace(uint64_t key, const Header* old, const Header* fresh);

  const ports::ItemIndex& items_;
  EpochDomain& epochs_;
  Decay decay_;
  Reclaimer reclaimer_;
  Slots slots_;
  std::vector<Working> working_;
  std::vector<sb_item> working_members_;  // capacity entries per working row
  std::vector<float> working_weights_;
};

}  // namespace signalbox::signals
