// The outbox as a table beside the catalogue's, filled by PostgresCatalogueStore.
#pragma once

#include <memory>

#include "adapters/postgres/database.hpp"
#include "ports/item_outbox.hpp"

namespace signalbox::postgres {

// Removing entries never waits for a writer of the catalogue.
class PostgresItemOutbox final : public ports::ItemOutbox {
 public:
  explicit PostgresItemOutbox(std::shared_ptr<Database> database);
  ~PostgresItemOutbox() override;

  Result<std::vector<ports::OutboxEntry>> Oldest(size_t limit) const override;
  Result<void> Remove(const std::vector<ports::OutboxEntry>& entries) override;
  Result<ports::OutboxSize> Size() const override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace signalbox::postgres
