// The control store in a PostgreSQL database through Poco::Data.
#pragma once

#include <memory>

#include "adapters/postgres/database.hpp"
#include "base/clock.hpp"
#include "ports/ruled_control_store.hpp"

namespace signalbox::postgres {

// Shared by every node. Calls fail with kUnavailable while the database is away, and work again by
// themselves.
class PostgresControlStore final : public ports::RuledControlStore {
 public:
  // Does not connect: tables are made or brought up to date by the first call. clock: outlives it.
  PostgresControlStore(std::shared_ptr<Database> database, const Clock& clock);
  ~PostgresControlStore() override;

 protected:
  Result<void> Write(const Body& body) override;
  Result<void> Read(const Body& body) const override;
  const Clock& clock() const override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace signalbox::postgres
