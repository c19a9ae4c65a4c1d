// What a shop tells of its users, such as a tier or a country: kept in the catalogue's database.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/item.hpp"
#include "ports/catalogue_store.hpp"

namespace signalbox::ports {

// Users as a second catalogue of each tenant, beside its items': one store's tables, transactions,
// kinds and epochs serve both. No tenant can have the name under which they are kept.
//
// A user is a model::Item whose id is the user's, of type "user", without vectors. A name has one kind
// in a tenant, as with items; at most kMaxUserAttributes names and kMaxUserBytes a user.
//
// Threads: any. Lifetime: shorter than the store's.
class UserAttributes {
 public:
  static constexpr size_t kMaxUserAttributes = 64;
  static constexpr size_t kMaxUserBytes = 16 << 10;  // as JSON

  explicit UserAttributes(CatalogueStore& store) : store_(store) {}

  static model::Item Of(std::string_view user);

  // Replaces all that is known of the user. Returns the epoch.
  // Errors: kInvalidArgument naming the attribute, kTooLarge; those of the store.
  Result<uint64_t> Put(std::string_view tenant, const model::Item& user);
  // Sets those of `changes`, takes away those named; a user of whom nothing is known begins here.
  // Errors: as Put.
  Result<uint64_t> Patch(std::string_view tenant, const model::Item& changes,
                         const std::vector<std::string>& erase);
  // nullopt = nothing is known.
  Result<std::optional<model::Item>> Get(std::string_view tenant, std::string_view user) const;
  // The epoch; nullopt = there was nothing. The database keeps the id alone, for who follows.
  Result<std::optional<uint64_t>> Erase(std::string_view tenant, std::string_view user);
  // Gives `to` what only `from` has, as far as there is room, and erases `from`. Safe to repeat. The epoch;
  // nullopt = there was nothing.
  Result<std::optional<uint64_t>> Merge(std::string_view tenant, std::string_view from, std::string_view to);
  // As CatalogueStore::Changes.
  Result<std::vector<model::ItemChange>> Changes(std::string_view tenant, uint64_t after, size_t limit) const;

 private:
  CatalogueStore& store_;
};

}  // namespace signalbox::ports
