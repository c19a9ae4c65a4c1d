// The VMIS index, kept up to date by every event: sessions with their items, and for each item its
// most recent sessions.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>

#include "blocks.hpp"
#include "pages.hpp"
#include "repeats.hpp"
#include "signalbox/plugin.hpp"
#include "slot_map.hpp"

namespace signalbox::session {

// Times are kept in whole seconds since 1970; earlier ones count as 1970.
inline uint32_t SecondsOf(int64_t time_ms) {
  return static_cast<uint32_t>(std::clamp<int64_t>(time_ms / 1000, 0, UINT32_MAX));
}

struct IndexLimits {
  uint32_t items_per_session = 30;   // distinct items kept of a session, at most 255
  uint32_t sessions_per_item = 500;  // newest sessions kept of an item, at most 10,000
  uint32_t max_sessions = 1u << 22;  // sessions kept, a power of two; the oldest begun is dropped
};

// A session is named by its number: how many were begun before it (modulo 2^32). Its slot is that
// number modulo max_sessions.
//
// Threads: Learn, Freeze, Restore, Export and Forget by one writer; the others from any thread at
//   the same time, without locks. A reader copies out, then checks that what it copied was not
//   replaced meanwhile, and takes it again if so.
// Memory: 31 bytes a session, 7 a visitor, 4 to 6 for each of its items, as much for each entry in an item's
//   list of sessions, and 16 an item.
class VisitIndex {
 public:
  explicit VisitIndex(const IndexLimits& limits);

  // --- the writer ---
  void Learn(uint64_t session, uint64_t visitor, Item item, int64_t time_ms);
  // Takes away what names a session or its visitor (keyed hash); counts stay. Costs as much as the
  // visitor has sessions.
  void Forget(uint64_t key);
  std::unique_ptr<FrozenState> Freeze();
  // items: every handle is below it. Throws InvalidState. Requires: nothing was learnt.
  void Restore(Reader& reader, uint32_t items);
  void Export(const Host& host, ExportLines& lines) const;

  // --- readers ---
  const IndexLimits& limits() const { return limits_; }
  const Repeats& repeats() const { return repeats_; }
  // Sessions begun so far: the newest is sessions() - 1.
  uint64_t sessions() const { return sessions_.load(std::memory_order_acquire); }
  // False = dropped, or begun since `sessions` was read.
  bool Alive(uint32_t number, uint64_t sessions) const {
    const auto kept = static_cast<uint32_t>(std::min<uint64_t>(sessions, limits_.max_sessions));
    return static_cast<uint32_t>(sessions) - 1 - number < kept;
  }

  struct ItemCounts {
    uint32_t sessions = 0;   // that ever contained it
    uint32_t followers = 0;  // events right after it in a session
    uint32_t repeats = 0;    // of these, the same item again
  };
  ItemCounts Counts(Item item) const;
  uint32_t SessionsOf(Item item) const { return items_.Load(uint64_t{item} * kItemWords + kCount); }
  // The item's newest sessions, newest first, as many as fit; returns how many.
  size_t CopySessions(Item item, std::span<uint32_t> numbers) const;
  // Its distinct items in the order of their last visit; 0 = forgotten or being replaced.
  // Requires: room for items_per_session.
  size_t CopyItems(uint32_t number, Item* items) const;

  void PrefetchItems(uint32_t number) const {
    __builtin_prefetch(blocks_.Find(hot_.Load(HotOf(number) + kBlock)));
  }
  struct Visit {
    uint32_t time_s = 0;  // of its newest event, since 1970
    bool has_items = false;
  };
  Visit VisitOf(uint32_t number) const {
    const uint32_t* hot = hot_.Find(HotOf(number));
    if (hot == nullptr) return {};
    return {LoadWord(hot + kTime), LoadWord(hot + kBlock) != 0};
  }
  uint64_t KeyOf(uint32_t number) const { return KeyAt(SlotOf(number)); }

  size_t memory_bytes() const;

 private:
  // Words of a record: what queries read of a session; its names; an item.
  enum { kTime = 0, kBlock = 1, kHotWords = 2 };
  enum { kKeyLow = 0, kKeyHigh = 1, kKeyWords = 2 };
  enum { kRing = 0, kCount = 1, kFollowers = 2, kRepeats = 3, kItemWords = 4 };

  struct SlotKey {
    const VisitIndex* index;
    uint64_t operator()(uint32_t slot) const { return index->KeyAt(slot); }
  };
  struct SlotVisitor {
    const VisitIndex* index;
    uint64_t operator()(uint32_t slot) const { return index->visitors_.Load(slot); }
  };
  class Frozen;

  uint32_t SlotOf(uint32_t number) const { return number & (limits_.max_sessions - 1); }
  uint64_t HotOf(uint32_t number) const { return uint64_t{SlotOf(number)} * kHotWords; }
  uint32_t NumberOf(uint32_t slot) const;
  uint64_t KeyAt(uint32_t slot) const;
  // Visitors are kept in 32 bits: enough to find a visitor's own sessions when they are forgotten.
  // Never 0, which a dropped session has.
  static uint32_t Fold(uint64_t visitor) {
    return std::max(static_cast<uint32_t>(visitor ^ (visitor >> 32)), 1u);
  }

  uint32_t Begin(uint64_t session, uint64_t visitor);
  void Drop(uint32_t slot);
  // Puts a session at the head of its visitor's, newest first.
  void Link(uint32_t number);
  // Takes a session out of its visitor's, before its names go.
  void Unlink(uint32_t slot);
  // The visitor's newest session before this one; SlotMap's kNone = none.
  uint32_t EarlierOf(uint32_t number, uint32_t visitor) const;
  void AddSession(Item item, uint32_t number);
  void CountFollower(Item previous, bool same);
  void Append(uint32_t slot, uint32_t length, LastEvent last, Item item);
  void MoveToEnd(uint32_t slot, uint32_t length, LastEvent last, uint32_t position, Item item);
  uint32_t RingWords(uint32_t count) const { return std::min(count, limits_.sessions_per_item); }
  void CheckRestored(uint32_t items) const;

  IndexLimits limits_;
  PagedWords hot_, keys_, visitors_, items_;
  Blocks blocks_;
  Repeats repeats_;
  std::atomic<uint64_t> sessions_{0};
  SlotMap<SlotKey> slots_;
  // The writer's, made anew by Restore: each visitor's newest session, and how many numbers before
  // a session its visitor's former one was begun (0 = none).
  SlotMap<SlotVisitor> newest_of_;
  PagedWords steps_;
};

}  // namespace signalbox::session
