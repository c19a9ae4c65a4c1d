// Sessions, histories and seen sets, event by event.
#include "state/user_store.hpp"

#include <algorithm>
#include <cassert>
#include <cstdlib>
#include <cstring>
#include <new>

#include "base/hash.hpp"
#include "state/user_store_impl.hpp"

namespace signalbox::state {
namespace {

constexpr int64_t kDayMs = 24 * 60 * 60 * 1000;
// Merging keeps chains short (UserStore::Impl::MoveAliases): these are millions of merges of one
// visitor. A damaged chain ends here.
constexpr int kMaxHops = 1 << 16;

// The same in every replay: it comes from the event alone.
SessionKey GapSession(UserKey user, int64_t time_ms, uint16_t tag) {
  const uint64_t parts[] = {user, static_cast<uint64_t>(time_ms), tag};
  const uint64_t key = Checksum64(parts, sizeof parts);
  return key == 0 ? 1 : key;
}

// The session that the event belongs to, with what it held before.
UserDraft SessionOf(const UserBlock* user, UserKey key, SessionKey explicit_session, int64_t time_ms,
                    int64_t gap_ms) {
  const bool goes_on = user != nullptr && (explicit_session != 0 ? user->session == explicit_session
                                                                 : time_ms - user->last_time_ms <= gap_ms);
  if (goes_on) {
    return {key,
            user->session,
            user->session_events,
            std::max(time_ms, user->last_time_ms),
            user->session_tag,
            user->in_session};
  }
  const auto tag = static_cast<uint16_t>(user == nullptr ? 0 : (user->session_tag + 1) % kSessionTags);
  const SessionKey session = explicit_session != 0 ? explicit_session : GapSession(key, time_ms, tag);
  const int64_t last = user == nullptr ? time_ms : std::max(time_ms, user->last_time_ms);
  return {key, session, 0, last, tag, 0};
}

// Earlier events of the type on the item within a day of the time, as far as the history goes.
uint32_t Repeats(const UserBlock* user, Handle item, uint16_t type, int64_t time_ms) {
  if (user == nullptr) return 0;
  return static_cast<uint32_t>(
      std::count_if(user->events().begin(), user->events().end(), [&](const auto& event) {
        return event.item == item && TypeOf(event) == type && std::abs(TimeOf(event) - time_ms) < kDayMs;
      }));
}

const UserBlock* AsUser(const BlockHead* block) {
  return block != nullptr && block->kind == BlockKind::kUser ? reinterpret_cast<const UserBlock*>(block)
                                                             : nullptr;
}

}  // namespace

UserStore::Impl::~Impl() {
  table.ForEach([](const BlockHead* block) {
    if (const UserBlock* user = AsUser(block)) std::free(user->seen);
    std::free(const_cast<BlockHead*>(block));
  });
}

const UserBlock* UserStore::Impl::FindUser(UserKey key) const { return AsUser(table.Find(key)); }

UserBlock* UserStore::Impl::NewUser(const UserDraft& draft, std::span<const PackedEvent> older,
                                    std::span<const PackedEvent> newer, const SeenPart& seen) {
  if (newer.size() > kHistoryEvents) newer = newer.last(kHistoryEvents);
  if (older.size() + newer.size() > kHistoryEvents) older = older.last(kHistoryEvents - newer.size());
  const size_t events = older.size() + newer.size();
  const size_t inline_seen = seen.block == nullptr ? seen.count : 0;
  void* memory =
      std::malloc(sizeof(UserBlock) + events * sizeof(PackedEvent) + inline_seen * sizeof(SeenEntry));
  if (memory == nullptr) throw std::bad_alloc();
  heap_bytes.fetch_add(HeapBytes(memory), std::memory_order_relaxed);
  auto* user = new (memory) UserBlock{draft.key,
                                      BlockKind::kUser,
                                      draft.session_events,
                                      draft.session,
                                      draft.last_time_ms,
                                      seen.block,
                                      seen.count,
                                      seen.next_order,
                                      draft.session_tag,
                                      static_cast<uint8_t>(events),
                                      static_cast<uint8_t>(std::min(draft.in_session, events))};
  std::copy(newer.begin(), newer.end(), std::copy(older.begin(), older.end(), user->history()));
  if (inline_seen > 0) std::copy(seen.entries.begin(), seen.entries.end(), user->inline_seen());
  return user;
}

void UserStore::Impl::RetireBlock(const BlockHead* block, const SeenBlock* kept) {
  if (const UserBlock* user = AsUser(block); user != nullptr && user->seen != nullptr && user->seen != kept) {
    heap_bytes.fetch_sub(HeapBytes(user->seen), std::memory_order_relaxed);
    epochs.Retire(user->seen, std::free);
  }
  auto* memory = const_cast<BlockHead*>(block);
  heap_bytes.fetch_sub(HeapBytes(memory), std::memory_order_relaxed);
  epochs.Retire(memory, std::free);
}

void UserStore::Impl::Publish(UserBlock* user) {
  const BlockHead* former = table.Put(reinterpret_cast<const BlockHead*>(user));
  const UserBlock* former_user = AsUser(former);
  if (former_user == nullptr) users.fetch_add(1, std::memory_order_relaxed);
  if (user->seen != nullptr && (former_user == nullptr || former_user->seen != user->seen)) {
    heap_bytes.fetch_add(HeapBytes(user->seen), std::memory_order_relaxed);
  }
  if (former != nullptr) RetireBlock(former, user->seen);
}

void UserStore::Impl::Erase(UserKey key) {
  const BlockHead* block = table.Erase(key);
  if (block == nullptr) return;
  if (block->kind == BlockKind::kAlias) {
    merged_into.erase({reinterpret_cast<const AliasBlock*>(block)->target, key});
  } else {
    users.fetch_sub(1, std::memory_order_relaxed);
  }
  RetireBlock(block, nullptr);
}

UserStore::UserStore(EpochDomain& epochs, UserRules rules) : impl_(std::make_unique<Impl>(epochs, rules)) {}
UserStore::~UserStore() = default;

UserView UserStore::Read(UserKey user) const {
  const BlockHead* block = impl_->table.Find(user);
  for (int hop = 0; block != nullptr && block->kind == BlockKind::kAlias && hop < kMaxHops; ++hop) {
    block = impl_->table.Find(reinterpret_cast<const AliasBlock*>(block)->target);
  }
  return {AsUser(block)};
}

UserKey UserStore::Resolve(UserKey visitor) const {
  const EpochDomain::Pin pin(impl_->epochs);
  for (int hop = 0; hop < kMaxHops; ++hop) {
    const BlockHead* block = impl_->table.Find(visitor);
    if (block == nullptr || block->kind != BlockKind::kAlias) break;
    visitor = reinterpret_cast<const AliasBlock*>(block)->target;
  }
  return visitor;
}

Applied UserStore::ApplyEvent(UserKey user, SessionKey explicit_session, Handle item, uint16_t type,
                              float strength, int64_t time_ms) {
  assert(user != 0 && type < kMaxEventTypes);
  time_ms = ClampTime(time_ms);
  const UserKey key = Resolve(user);
  const UserBlock* former = impl_->FindUser(key);
  UserDraft draft = SessionOf(former, key, explicit_session, time_ms, impl_->rules.session_gap_ms);
  const Applied applied{draft.session, draft.session_events,
                        draft.session_events < impl_->rules.session_max_length &&
                            Repeats(former, item, type, time_ms) < impl_->rules.repeats_per_day};
  ++draft.session_events;
  ++draft.in_session;
  const PackedEvent event = Pack(item, time_ms, type, draft.session_tag);
  const SeenPart seen = impl_->seen_builder.Add(former, item, PackStrength(strength), DayOf(time_ms));
  const auto history = former == nullptr ? std::span<const PackedEvent>() : former->events();
  impl_->Publish(impl_->NewUser(draft, history, {&event, 1}, seen));
  return applied;
}

size_t UserStore::size() const { return impl_->users.load(std::memory_order_relaxed); }

size_t UserStore::memory_bytes() const {
  return impl_->table.memory_bytes() + impl_->heap_bytes.load(std::memory_order_relaxed);
}

}  // namespace signalbox::state
