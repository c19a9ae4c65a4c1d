// Everything of one tenant but its signals: items, catalogue, visitors, event types.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/epoch.hpp"
#include "base/hash.hpp"
#include "state/catalogue_view.hpp"
#include "state/item_dictionary.hpp"
#include "state/user_store.hpp"
#include "state/user_traits.hpp"

namespace signalbox::state {

struct EventType {
  std::string name;  // lower case
  float weight;      // > 0
};

// The registered event types, by dense index; fixed for the life of the process.
class EventTypes {
 public:
  explicit EventTypes(std::vector<EventType> types);
  int Find(std::string_view name) const;  // lower case; -1 = not registered
  const EventType& at(size_t index) const { return types_[index]; }
  size_t size() const { return types_.size(); }

 private:
  std::vector<EventType> types_;
};

struct TenantOptions {
  std::string name;
  HashKey hash_key{};
  UserRules users;
  bool implicit_items = true;  // items known by events only are served
  std::string long_text_dir;
  const Clock* clock = nullptr;  // when catalogue items were first seen; null = the system's
};

// Threads: as its parts. Lifetime: the epoch domain and types outlive it.
class TenantState final : public ports::ItemIndex {
 public:
  TenantState(TenantOptions options, const EventTypes& types, EpochDomain& epochs);

  const std::string& name() const { return options_.name; }
  const TenantOptions& options() const { return options_; }
  const EventTypes& types() const { return types_; }
  EpochDomain& epochs() const { return epochs_; }
  ItemDictionary& items() { return items_; }
  const ItemDictionary& items() const { return items_; }
  CatalogueMirror& catalogue() { return catalogue_; }
  const CatalogueMirror& catalogue() const { return catalogue_; }
  UserStore& users() { return users_; }
  const UserStore& users() const { return users_; }
  const UserTraits& traits() const { return traits_; }
  // Changes of users, by id, in the order of the database's epochs. One thread at a time.
  void ApplyTraits(std::vector<model::ItemChange> changes);

  // Keys of visitors: a user id, and a session id, in scopes of their own; 0 for an empty id.
  UserKey KeyOfUser(std::string_view user) const;
  UserKey KeyOfSession(std::string_view session) const;

  // ports::ItemIndex
  ItemName Name(Handle item) const override;
  Handle Find(std::string_view type, std::string_view id) const override;
  uint32_t size() const override;
  void ReadNumbers(std::string_view attribute, std::span<const Handle> items, double* values) const override;
  void ReadTexts(std::string_view attribute, std::span<const Handle> items,
                 std::string_view* values) const override;

 private:
  TenantOptions options_;
  const EventTypes& types_;
  EpochDomain& epochs_;
  ItemDictionary items_;
  CatalogueMirror catalogue_;
  UserStore users_;
  UserTraits traits_;
};

}  // namespace signalbox::state
