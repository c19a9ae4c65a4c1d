// What the host keeps of each visitor: the last 50 events, the items seen by strongest event
// type, and the current session.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/epoch.hpp"
#include "ports/item_index.hpp"

namespace signalbox::state {

using ports::Handle;
using UserKey = uint64_t;     // KeyedHash of scope "user" or "session"; 0 = none
using SessionKey = uint64_t;  // 0 = none

inline constexpr size_t kHistoryEvents = 50;
inline constexpr size_t kSeenItems = 2000;

struct HistoryEvent {
  Handle item = ports::kNoHandle;
  uint16_t type = 0;       // index into the tenant's event types
  int64_t time_ms = 0;     // event time
  SessionKey session = 0;  // may be kept as 16 bits that tell neighbouring sessions apart
};

// A visitor's state as one immutable version. Valid while the EpochDomain::Pin lives under which
// it was read.
class UserView {
 public:
  bool exists() const;
  size_t history_size() const;           // <= kHistoryEvents
  HistoryEvent history(size_t i) const;  // oldest first
  // How many of the newest history entries belong to the current session.
  size_t history_in_session() const;
  SessionKey session() const;       // the current one
  uint32_t session_events() const;  // events in it so far
  int64_t last_time_ms() const;     // the newest event time
  size_t seen_size() const;
  // True when the item was seen with a type at least as strong (by the types' order of weight).
  bool Seen(Handle item, float min_strength) const;
  // False = no item was seen with a type as strong; costs as much as reading the set through.
  bool SeenAny(float min_strength) const;
  // The same, with the strongest type last on the day (UTC) of since_ms or later. What was weaker than
  // the strongest has no day.
  bool SeenSince(Handle item, float min_strength, int64_t since_ms) const;

  const void* record = nullptr;  // implementation
};

// What ApplyEvent decided about an event. Repeats are counted within the history that is kept: one
// more than kHistoryEvents later is not seen. A session that is left for another and returned to
// starts from position 0.
struct Applied {
  SessionKey session = 0;
  uint32_t position = 0;  // events of the session before this one
  bool teaches = true;    // false: past sessions.max_length, or the 4th of its kind that day
};

struct UserRules {
  int64_t session_gap_ms = 30 * 60 * 1000;
  uint32_t session_max_length = 200;
  uint32_t repeats_per_day = 3;  // of one type by a user on one item
};

// Threads: writes from one thread; Read from any, under a pin.
// Memory: about 65 bytes a user + 12 an event kept + 10 a seen item (10 events: 300). Nothing is
//         dropped but by Forget: anonymous sessions stay too.
class UserStore {
 public:
  UserStore(EpochDomain& epochs, UserRules rules);
  ~UserStore();

  UserView Read(UserKey user) const;

  // Takes an event into the visitor's state. `explicit_session` 0 = by the gap; strength: the
  // type's weight. Call Read before it for the history before the event.
  Applied ApplyEvent(UserKey user, SessionKey explicit_session, Handle item, uint16_t type, float strength,
                     int64_t time_ms);

  // Where a visitor's state lives now: follows merges. Returns `visitor` itself if none. Read and
  // ApplyEvent follow them by themselves.
  UserKey Resolve(UserKey visitor) const;
  // Joins `from` into `into`: histories merge by time, seen sets unite; later lookups of `from`
  // resolve to `into`. Idempotent. Every merge keeps an alias of about 80 bytes, also of a visitor
  // without any state.
  //
  // Pass `from` as it came, not resolved: a session that was merged into one user before has no
  // state of its own and from here on leads to the other, whereas resolving it first would join
  // the two users who shared a device.
  void Merge(UserKey from, UserKey into);
  // Erases the visitor, what was merged into it and the aliases; of a merged visitor the whole that
  // it is part of. Idempotent. Returns every key under which signals may know the person, each once:
  // the visitor as it is resolved (known or not), then whatever led to it, since events from before
  // a merge were taught under the former key. Empty for 0.
  std::vector<UserKey> Forget(UserKey user);

  size_t size() const;
  size_t memory_bytes() const;

  // Two-phase snapshot: Freeze within 50 ms with no write running, Write while writes go on.
  class Frozen;
  std::shared_ptr<const Frozen> Freeze() const;
  Result<void> Write(const Frozen& frozen, ByteSink& sink) const;
  Result<void> Restore(ByteSource& source);
  // One text line per user, ids in place of handles: for the canonical export.
  void Export(const ports::ItemIndex& items, std::vector<std::string>* lines) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace signalbox::state
