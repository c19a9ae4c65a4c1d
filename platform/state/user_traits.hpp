// What is known of users besides what they did: attributes as columns by user.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/clock.hpp"
#include "model/item.hpp"
#include "state/catalogue_view.hpp"
#include "state/item_dictionary.hpp"
#include "state/user_store.hpp"

namespace signalbox::state {

// Users by their keys, with no ids. In no checkpoint: followed from the database's start.
//
// Threads: Apply from one thread at a time; everything else from any.
// Memory: as a catalogue's of so many items with ids of 8 bytes; see CatalogueMirror.
class UserTraits {
 public:
  explicit UserTraits(const Clock* clock) : users_(keys_, "", clock) {}

  uint64_t epoch() const { return users_.view()->epoch(); }
  // keys[i] is the user of changes[i]. Changes at or below epoch() are ignored.
  void Apply(std::vector<model::ItemChange> changes, std::span<const UserKey> keys);
  // nullopt = nothing is known.
  std::optional<model::Item> Of(UserKey user) const;
  size_t memory_bytes() const { return keys_.memory_bytes() + users_.memory_bytes(); }

 private:
  ItemDictionary keys_;
  CatalogueMirror users_;
  std::atomic<bool> any_{false};  // most shops tell of none: then requests take no lock
};

}  // namespace signalbox::state
