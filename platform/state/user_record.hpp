// How a visitor's state lies in memory: one immutable packed block per version.
//
//   48 bytes of header | history, 12 bytes an event, oldest first | seen items, 10 bytes each
//
// Beyond kInlineSeen items the seen set is a block of its own, shared by versions: it only grows
// in the unused room behind what published versions count, and is rewritten when that is full.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "state/user_store.hpp"

namespace signalbox::state {

inline constexpr uint32_t kInlineSeen = 24;
inline constexpr uint32_t kSessionTags = 1024;
inline constexpr uint32_t kMaxEventTypes = 1024;

enum class BlockKind : uint32_t { kUser = 1, kAlias = 2 };

// What users and aliases begin with.
struct BlockHead {
  uint64_t key;
  BlockKind kind;
};

// `key` was merged into `target`, which may be an alias itself.
struct AliasBlock {
  uint64_t key;
  BlockKind kind;
  uint32_t unused;
  uint64_t target;
};

// Event time in 44 signed bits (558 years around 1970), type in 10, session tag in 10: sessions are
// numbered per visitor modulo 1,024, which tells the sessions of 50 events apart.
struct PackedEvent {
  uint32_t item;
  uint32_t low;
  uint32_t high;
};
static_assert(sizeof(PackedEvent) == 12);

PackedEvent Pack(Handle item, int64_t time_ms, uint16_t type, uint16_t tag);
int64_t TimeOf(const PackedEvent& event);
uint16_t TypeOf(const PackedEvent& event);
uint16_t TagOf(const PackedEvent& event);
// The nearest time that a PackedEvent holds.
int64_t ClampTime(int64_t time_ms);

// strength: the upper half of the weight's float, which orders as the weights do. order: ascending
// with the time of entering; an entry enters anew when its strength rises. day: the last one on which
// there was an event of that strength, see DayOf.
struct SeenEntry {
  SeenEntry() = default;
  SeenEntry(Handle of, uint16_t its_strength, uint16_t its_order, uint16_t its_day)
      : item_low(static_cast<uint16_t>(of)),
        item_high(static_cast<uint16_t>(of >> 16)),
        strength(its_strength),
        order(its_order),
        day(its_day) {}
  Handle item() const { return uint32_t{item_high} << 16 | item_low; }

  uint16_t item_low, item_high;  // in halves: 10 bytes without a gap
  uint16_t strength;
  uint16_t order;
  uint16_t day;
};
static_assert(sizeof(SeenEntry) == 10);

// Days since 1970 in UTC, from 1 to 65,535 (the year 2149); earlier and later ones are the nearest of
// these. 0 = not known.
uint16_t DayOf(int64_t time_ms);

uint16_t PackStrength(float strength);
float UnpackStrength(uint16_t strength);

struct SeenBlock {
  uint32_t capacity;
  uint32_t sorted;  // the first so many are sorted by item; the rest is in order of entering
  SeenEntry* entries() { return reinterpret_cast<SeenEntry*>(this + 1); }
  const SeenEntry* entries() const { return reinterpret_cast<const SeenEntry*>(this + 1); }
};

struct UserBlock {
  uint64_t key;
  BlockKind kind;
  uint32_t session_events;
  uint64_t session;
  int64_t last_time_ms;
  SeenBlock* seen;  // null = behind the history
  uint16_t seen_count;
  uint16_t next_order;
  uint16_t session_tag;
  uint8_t history_count;
  uint8_t in_session;  // of the newest history entries

  PackedEvent* history() { return reinterpret_cast<PackedEvent*>(this + 1); }
  const PackedEvent* history() const { return reinterpret_cast<const PackedEvent*>(this + 1); }
  SeenEntry* inline_seen() { return reinterpret_cast<SeenEntry*>(history() + history_count); }
  const SeenEntry* inline_seen() const {
    return reinterpret_cast<const SeenEntry*>(history() + history_count);
  }
  std::span<const PackedEvent> events() const { return {history(), history_count}; }
  std::span<const SeenEntry> seen_entries() const {
    return {seen != nullptr ? seen->entries() : inline_seen(), seen_count};
  }
  uint32_t seen_sorted() const { return seen != nullptr ? seen->sorted : 0; }
};
static_assert(sizeof(UserBlock) == 48);

// The item's entry; null = not seen.
const SeenEntry* FindSeen(const UserBlock& user, Handle item);

// A block's bytes as the heap accounts them.
size_t HeapBytes(void* block);

}  // namespace signalbox::state
