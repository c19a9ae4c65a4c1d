// Leases as rows of a PostgreSQL table, timed by the server.
#pragma once

#include <memory>

#include "adapters/postgres/database.hpp"
#include "ports/lease.hpp"

namespace signalbox::postgres {

class PostgresLeases final : public ports::Leases {
 public:
  explicit PostgresLeases(std::shared_ptr<Database> database);
  ~PostgresLeases() override;

  Result<ports::LeaseState> Hold(std::string_view name, std::string_view holder, int64_t ttl_ms) override;
  Result<void> Release(std::string_view name, std::string_view holder) override;
  Result<std::optional<ports::LeaseState>> Find(std::string_view name) const override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace signalbox::postgres
