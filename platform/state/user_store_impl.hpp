// The parts of a user store, shared by the files that implement it.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <utility>

#include <absl/container/btree_set.h>

#include "state/seen_set.hpp"
#include "state/user_record.hpp"
#include "state/user_store.hpp"
#include "state/user_table.hpp"

namespace signalbox::state {

// What a new version holds besides its seen items.
struct UserDraft {
  UserKey key = 0;
  SessionKey session = 0;
  uint32_t session_events = 0;
  int64_t last_time_ms = 0;
  uint16_t session_tag = 0;
  size_t in_session = 0;
};

struct UserStore::Impl {
  Impl(EpochDomain& domain, UserRules user_rules) : epochs(domain), rules(user_rules), table(domain) {}
  ~Impl();

  // Null = the key has no state of its own. Does not follow aliases.
  const UserBlock* FindUser(UserKey key) const;

  // A new block from malloc with the newest kHistoryEvents of older + newer.
  UserBlock* NewUser(const UserDraft& draft, std::span<const PackedEvent> older,
                     std::span<const PackedEvent> newer, const SeenPart& seen);
  // Publishes a version; retires the former block of the key, and its seen block unless shared.
  void Publish(UserBlock* user);
  // Takes whatever the key has out and retires it.
  void Erase(UserKey key);
  // The alias from -> into, in place of what `from` had.
  void PutAlias(UserKey from, UserKey into);
  // Lets what leads to `from` lead to `into` at once, so that chains of merges stay short.
  void MoveAliases(UserKey from, UserKey into);
  void RetireBlock(const BlockHead* block, const SeenBlock* kept);

  EpochDomain& epochs;
  const UserRules rules;
  UserTable table;
  SeenBuilder seen_builder;                                  // the writer's
  absl::btree_set<std::pair<UserKey, UserKey>> merged_into;  // the writer's: (into, from) of each alias
  std::atomic<size_t> users{0};
  std::atomic<size_t> heap_bytes{0};
};

class UserStore::Frozen {
 public:
  explicit Frozen(EpochDomain& epochs) : pin(epochs) {}
  EpochDomain::Pin pin;
  std::vector<const BlockHead*> blocks;
};

}  // namespace signalbox::state
