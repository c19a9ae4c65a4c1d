// Joining and forgetting visitors.
#include <algorithm>
#include <vector>

#include "state/user_store_impl.hpp"

#include <cstdlib>
#include <new>

namespace signalbox::state {
namespace {

// So many aliases of a visitor follow it when it is merged itself; more stay one hop behind. A chain
// of n merges is then about n / kFollow hops long and each merge costs at most kFollow moves.
constexpr size_t kFollow = 256;

struct Joined {
  PackedEvent event;
  bool from_newer;
};

// Both histories by event time, with sessions numbered anew. Equal times keep the older's first.
std::vector<PackedEvent> JoinHistories(const UserBlock& older, const UserBlock& newer, uint16_t* session_tag,
                                       size_t* in_session) {
  std::vector<Joined> joined;
  for (const auto& event : older.events()) joined.push_back({event, false});
  for (const auto& event : newer.events()) joined.push_back({event, true});
  std::stable_sort(joined.begin(), joined.end(),
                   [](const Joined& a, const Joined& b) { return TimeOf(a.event) < TimeOf(b.event); });

  // At most 100 sessions; the current one is the last number.
  std::vector<std::pair<bool, uint16_t>> sessions;
  std::vector<PackedEvent> history;
  const auto last = static_cast<uint16_t>(joined.size());
  for (const auto& [event, from_newer] : joined) {
    const bool current = from_newer ? TagOf(event) == newer.session_tag
                                    : older.session == newer.session && TagOf(event) == older.session_tag;
    uint16_t tag = last;
    if (!current) {
      const std::pair session(from_newer, TagOf(event));
      const auto found = std::find(sessions.begin(), sessions.end(), session);
      tag = static_cast<uint16_t>(found - sessions.begin());
      if (found == sessions.end()) sessions.push_back(session);
    }
    history.push_back(Pack(event.item, TimeOf(event), TypeOf(event), tag));
  }
  *session_tag = last;
  *in_session = 0;
  while (*in_session < history.size() && TagOf(history[history.size() - 1 - *in_session]) == last)
    ++*in_session;
  return history;
}

}  // namespace

void UserStore::Impl::PutAlias(UserKey from, UserKey into) {
  Erase(from);
  auto* memory = std::malloc(sizeof(AliasBlock));
  if (memory == nullptr) throw std::bad_alloc();
  const auto* alias = new (memory) AliasBlock{from, BlockKind::kAlias, 0, into};
  heap_bytes.fetch_add(HeapBytes(memory), std::memory_order_relaxed);
  table.Put(reinterpret_cast<const BlockHead*>(alias));
  merged_into.insert({into, from});
}

void UserStore::Impl::MoveAliases(UserKey from, UserKey into) {
  std::vector<UserKey> followers;
  for (auto it = merged_into.lower_bound({from, 0});
       it != merged_into.end() && it->first == from && followers.size() < kFollow; ++it) {
    followers.push_back(it->second);
  }
  for (const UserKey follower : followers) PutAlias(follower, into);
}

void UserStore::Merge(UserKey from, UserKey into) {
  into = Resolve(into);
  if (from == 0 || into == 0 || Resolve(from) == into) return;
  const UserBlock* source = impl_->FindUser(from);
  // An alias of somebody else has no state of its own: from here on it is this visitor's.
  if (source != nullptr) {
    UserBlock empty{};
    empty.key = into;
    const UserBlock* target = impl_->FindUser(into);
    const bool source_newer = target == nullptr || source->last_time_ms > target->last_time_ms;
    if (target == nullptr) target = &empty;
    const UserBlock& older = source_newer ? *target : *source;
    const UserBlock& newer = source_newer ? *source : *target;

    UserDraft draft{into, newer.session, newer.session_events, newer.last_time_ms, 0, 0};
    if (older.session == newer.session) draft.session_events += older.session_events;
    const auto history = JoinHistories(older, newer, &draft.session_tag, &draft.in_session);
    const SeenPart seen = impl_->seen_builder.Unite(older, newer);
    impl_->Publish(impl_->NewUser(draft, {}, history, seen));
  }
  impl_->MoveAliases(from, into);
  impl_->PutAlias(from, into);
}

std::vector<UserKey> UserStore::Forget(UserKey user) {
  if (user == 0) return {};
  std::vector<UserKey> keys{Resolve(user)};
  // What leads to a key is behind it in the list.
  for (size_t next = 0; next < keys.size(); ++next) {
    const UserKey key = keys[next];
    for (auto it = impl_->merged_into.lower_bound({key, 0});
         it != impl_->merged_into.end() && it->first == key; ++it) {
      keys.push_back(it->second);
    }
    impl_->Erase(key);
  }
  return keys;
}

}  // namespace signalbox::state
