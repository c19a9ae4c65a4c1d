// Port: the catalogue's truth, a database of items.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/item.hpp"
#include "model/recommendation.hpp"

namespace signalbox::ports {

struct ItemPage {
  std::vector<model::Item> items;  // by (type, id)
  std::string next_cursor;         // empty = the last page
};

// What a patch takes away. Attributes and vectors have names of their own: "image" may be both.
struct ErasedNames {
  std::vector<std::string> attributes;
  std::vector<std::string> vectors;
};

// Takes an item as it is (nullopt = none, or deleted) and gives what it is to be, under the same key.
// Called within the store's transaction, perhaps again: does nothing else, and calls no store.
using ItemEdit = std::function<Result<model::Item>(std::optional<model::Item>)>;

// Threads: every member is safe from any thread. Every write is durable when it returns.
class CatalogueStore {
 public:
  virtual ~CatalogueStore() = default;

  // Creates or replaces all items in one transaction; each takes the next epoch. An attribute's
  // kind is the first one seen in the tenant, known attributes' are fixed; likewise a vector
  // name's dimension. Returns the last epoch.
  // Errors: kInvalidArgument naming the field ("items[3].price") where a kind or dimension
  //         differs, or a name is one too many; nothing is written then.
  virtual Result<uint64_t> Put(std::string_view tenant, const std::vector<model::Item>& items) = 0;

  // Writes what `edit` makes of one item, with no other write of it in between. Returns its epoch.
  // Errors: those of `edit`; kInvalidArgument as Put, naming the attribute alone.
  virtual Result<uint64_t> Modify(std::string_view tenant, const model::ItemKey& item,
                                  const ItemEdit& edit) = 0;

  // Replaces the given attributes and vectors of one item, erases those named in `erase`.
  // Errors: kNotFound, kInvalidArgument as Modify.
  Result<uint64_t> Patch(std::string_view tenant, const model::Item& changes, const ErasedNames& erase);

  // An item never written is recorded as deleted too: events may have made it known.
  // Errors: kNotFound where it is deleted already.
  virtual Result<uint64_t> Delete(std::string_view tenant, const model::ItemKey& item) = 0;

  // nullopt = no such item, or deleted.
  virtual Result<std::optional<model::Item>> Get(std::string_view tenant,
                                                 const model::ItemKey& item) const = 0;

  // Items in the order of (type, id) after the cursor ("" = from the start).
  // Errors: kInvalidArgument for a cursor this store did not give.
  virtual Result<ItemPage> List(std::string_view tenant, std::string_view cursor, size_t limit) const = 0;

  // Changes with epoch > after in epoch order, at most limit; an item's older changes are left
  // out when a newer one exists. Replacing an item keeps its added_ms.
  virtual Result<std::vector<model::ItemChange>> Changes(std::string_view tenant, uint64_t after,
                                                         size_t limit) const = 0;

  // The newest epoch; 0 = never written.
  virtual Result<uint64_t> Epoch(std::string_view tenant) const = 0;

  // Every attribute's kind in the tenant.
  virtual Result<std::map<std::string, model::AttributeKind>> Kinds(std::string_view tenant) const = 0;
};

}  // namespace signalbox::ports
