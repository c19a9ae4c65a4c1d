// Fake: a catalogue store in memory.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "ports/catalogue_rules.hpp"
#include "ports/catalogue_store.hpp"

namespace signalbox::ports::fakes {

// Keeps every contract of CatalogueStore but durability.
class MemoryCatalogueStore final : public CatalogueStore {
 public:
  // clock: for added_ms; null = the system's, else it outlives the store.
  explicit MemoryCatalogueStore(const Clock* clock = nullptr) : clock_(clock) {}

  Result<uint64_t> Put(std::string_view tenant, const std::vector<model::Item>& items) override;
  Result<uint64_t> Modify(std::string_view tenant, const model::ItemKey& item, const ItemEdit& edit) override;
  Result<uint64_t> Delete(std::string_view tenant, const model::ItemKey& item) override;
  Result<std::optional<model::Item>> Get(std::string_view tenant, const model::ItemKey& item) const override;
  Result<ItemPage> List(std::string_view tenant, std::string_view cursor, size_t limit) const override;
  Result<std::vector<model::ItemChange>> Changes(std::string_view tenant, uint64_t after,
                                                 size_t limit) const override;
  Result<uint64_t> Epoch(std::string_view tenant) const override;
  Result<std::map<std::string, model::AttributeKind>> Kinds(std::string_view tenant) const override;

  // Every call fails with `error` until it is nullopt again.
  void FailCalls(std::optional<Error> error);

 private:
  struct Tenant {
    uint64_t epoch = 0;
    CatalogueKinds kinds;
    std::map<model::ItemKey, model::ItemChange> items;  // deleted ones too
    std::map<uint64_t, model::ItemKey> by_epoch;        // the newest of each item
  };
  void Store(Tenant& tenant, model::ItemChange change);
  const Tenant& Find(std::string_view tenant) const;

  const Clock* const clock_;
  mutable std::mutex mutex_;
  std::map<std::string, Tenant, std::less<>> tenants_;  // guarded by mutex_, as all below
  std::optional<Error> failure_;
};

}  // namespace signalbox::ports::fakes
