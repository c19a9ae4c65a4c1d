// The catalogue in a SQLite database through Poco::Data.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "ports/catalogue_store.hpp"

namespace signalbox::sqlite {

// One session writes, another reads beside it; each serves one caller at a time.
class SqliteCatalogueStore final : public ports::CatalogueStore {
 public:
  // Opens or makes the file, which other parts may share, and brings the catalogue's tables up to date.
  // clock: for added_ms; null = the system's, else it outlives the store.
  // Errors: kConflict when its tables are newer than this program, kDataLoss, kUnavailable.
  static Result<std::unique_ptr<SqliteCatalogueStore>> Open(const std::string& path,
                                                            const Clock* clock = nullptr);
  ~SqliteCatalogueStore() override;

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
  explicit SqliteCatalogueStore(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace signalbox::sqlite
