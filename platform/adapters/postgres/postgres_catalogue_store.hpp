// The catalogue in a PostgreSQL database through Poco::Data.
#pragma once

#include <memory>

#include "adapters/postgres/database.hpp"
#include "base/clock.hpp"
#include "ports/catalogue_store.hpp"

namespace signalbox::postgres {

// Several processes may write one tenant at once. Every call fails with kUnavailable while the
// database is away, and works again by itself; a write that failed so may have been done.
class PostgresCatalogueStore final : public ports::CatalogueStore {
 public:
  // Does not connect: tables are made or brought up to date by the first call.
  // clock: for added_ms; outlives the store.
  PostgresCatalogueStore(std::shared_ptr<Database> database, const Clock& clock);
  ~PostgresCatalogueStore() override;

  Result<uint64_t> Put(std::string_view tenant, const std::vector<model::Item>& items) override;
  Result<uint64_t> Modify(std::string_view tenant, const model::ItemKey& item,
                          const ports::ItemEdit& edit) override;
  Result<uint64_t> Delete(std::string_view tenant, const model::ItemKey& item) override;
  Result<std::optional<model::Item>> Get(std::string_view tenant, const model::ItemKey& item) const override;
  Result<ports::ItemPage> List(std::string_view tenant, std::string_view cursor, size_t limit) const override;
  Result<std::vector<model::ItemChange>> Changes(std::string_view tenant, uint64_t after,
                                                 size_t limit) const override;
  Result<uint64_t> Epoch(std::string_view tenant) const override;
  Result<std::map<std::string, model::AttributeKind>> Kinds(std::string_view tenant) const override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace signalbox::postgres
