// Two ordered maps per tenant: by key and by epoch.
#include "ports/fakes/memory_catalogue_store.hpp"

#include "ports/catalogue_document.hpp"

namespace signalbox::ports::fakes {
namespace {

void Add(const CatalogueKinds& fresh, CatalogueKinds* kinds) {
  kinds->attributes.insert(fresh.attributes.begin(), fresh.attributes.end());
  kinds->dimensions.insert(fresh.dimensions.begin(), fresh.dimensions.end());
}

}  // namespace

const MemoryCatalogueStore::Tenant& MemoryCatalogueStore::Find(std::string_view tenant) const {
  static const Tenant kNone;
  const auto found = tenants_.find(tenant);
  return found == tenants_.end() ? kNone : found->second;
}

void MemoryCatalogueStore::Store(Tenant& tenant, model::ItemChange change) {
  const model::ItemKey key{change.item.type, change.item.id};
  change.epoch = ++tenant.epoch;
  tenant.by_epoch.emplace(change.epoch, key);
  auto& stored = tenant.items[key];
  tenant.by_epoch.erase(stored.epoch);
  const bool known = stored.epoch != 0 && !stored.deleted;
  const int64_t now_ms = clock_ != nullptr ? clock_->now_ms() : SystemClock().now_ms();
  change.added_ms = known ? stored.added_ms : now_ms;
  stored = std::move(change);
}

Result<uint64_t> MemoryCatalogueStore::Put(std::string_view tenant, const std::vector<model::Item>& items) {
  std::lock_guard lock(mutex_);
  if (failure_) return Fail(*failure_);
  const auto fresh = CheckKinds(Find(tenant).kinds, items, "items");
  if (!fresh) return Fail(fresh.error());
  auto& stored = tenants_[std::string(tenant)];
  Add(*fresh, &stored.kinds);
  for (const auto& item : items) Store(stored, {0, false, item});
  return stored.epoch;
}

Result<uint64_t> MemoryCatalogueStore::Modify(std::string_view tenant, const model::ItemKey& item,
                                              const ItemEdit& edit) {
  std::lock_guard lock(mutex_);
  if (failure_) return Fail(*failure_);
  const auto& items = Find(tenant).items;
  const auto found = items.find(item);
  const bool known = found != items.end() && !found->second.deleted;
  auto edited = edit(known ? std::optional(found->second.item) : std::nullopt);
  if (!edited) return Fail(edited.error());
  const auto fresh = CheckKinds(Find(tenant).kinds, {&*edited, 1}, "");
  if (!fresh) return Fail(fresh.error());
  auto& stored = tenants_[std::string(tenant)];
  Add(*fresh, &stored.kinds);
  Store(stored, {0, false, std::move(*edited)});
  return stored.epoch;
}

Result<uint64_t> MemoryCatalogueStore::Delete(std::string_view tenant, const model::ItemKey& item) {
  std::lock_guard lock(mutex_);
  if (failure_) return Fail(*failure_);
  const auto& items = Find(tenant).items;
  const auto found = items.find(item);
  if (found != items.end() && found->second.deleted) return NoSuchItem(item);
  auto& stored = tenants_[std::string(tenant)];
  Store(stored, {0, true, {item.type, item.id, {}, {}}});
  return stored.epoch;
}

Result<std::optional<model::Item>> MemoryCatalogueStore::Get(std::string_view tenant,
                                                             const model::ItemKey& item) const {
  std::lock_guard lock(mutex_);
  if (failure_) return Fail(*failure_);
  const auto& items = Find(tenant).items;
  const auto found = items.find(item);
  if (found == items.end() || found->second.deleted) return std::nullopt;
  return found->second.item;
}

Result<ItemPage> MemoryCatalogueStore::List(std::string_view tenant, std::string_view cursor,
                                            size_t limit) const {
  std::lock_guard lock(mutex_);
  if (failure_) return Fail(*failure_);
  const auto& items = Find(tenant).items;
  auto it = items.begin();
  if (!cursor.empty()) {
    const auto after = DecodeCursor(cursor);
    if (!after) return Fail(after.error());
    it = items.upper_bound(*after);
  }
  ItemPage page;
  for (; it != items.end(); ++it) {
    if (it->second.deleted) continue;
    if (page.items.size() == limit) {
      if (limit > 0) page.next_cursor = EncodeCursor({page.items.back().type, page.items.back().id});
      break;
    }
    page.items.push_back(it->second.item);
  }
  return page;
}

Result<std::vector<model::ItemChange>> MemoryCatalogueStore::Changes(std::string_view tenant, uint64_t after,
                                                                     size_t limit) const {
  std::lock_guard lock(mutex_);
  if (failure_) return Fail(*failure_);
  const auto& stored = Find(tenant);
  std::vector<model::ItemChange> changes;
  for (auto it = stored.by_epoch.upper_bound(after); it != stored.by_epoch.end() && changes.size() < limit;
       ++it) {
    changes.push_back(stored.items.at(it->second));
  }
  return changes;
}

Result<uint64_t> MemoryCatalogueStore::Epoch(std::string_view tenant) const {
  std::lock_guard lock(mutex_);
  if (failure_) return Fail(*failure_);
  return Find(tenant).epoch;
}

Result<std::map<std::string, model::AttributeKind>> MemoryCatalogueStore::Kinds(
    std::string_view tenant) const {
  std::lock_guard lock(mutex_);
  if (failure_) return Fail(*failure_);
  return Find(tenant).kinds.attributes;
}

void MemoryCatalogueStore::FailCalls(std::optional<Error> error) {
  std::lock_guard lock(mutex_);
  failure_ = std::move(error);
}

}  // namespace signalbox::ports::fakes
