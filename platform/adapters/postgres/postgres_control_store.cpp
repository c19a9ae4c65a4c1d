// Transactions of the control store.
#include "adapters/postgres/postgres_control_store.hpp"

#include <utility>

#include "adapters/postgres/control_tables.hpp"
#include "adapters/postgres/session_pool.hpp"

namespace signalbox::postgres {

struct PostgresControlStore::Impl {
  std::shared_ptr<Database> database;
  const Clock& clock;
  Schema schema{"control", ControlMigrations()};
};

PostgresControlStore::PostgresControlStore(std::shared_ptr<Database> database, const Clock& clock)
    : impl_(new Impl{std::move(database), clock}) {}
PostgresControlStore::~PostgresControlStore() = default;

const Clock& PostgresControlStore::clock() const { return impl_->clock; }

Result<void> PostgresControlStore::Write(const Body& body) {
  return impl_->database->pool().Write(impl_->schema, [&](SessionPool::Use& used) -> Result<void> {
    PostgresControlTables tables(used.session());
    tables.Lock();
    return body(tables);
  });
}

Result<void> PostgresControlStore::Read(const Body& body) const {
  return impl_->database->pool().ReadSnapshot(impl_->schema, [&](SessionPool::Use& used) -> Result<void> {
    PostgresControlTables tables(used.session());
    return body(tables);
  });
}

}  // namespace signalbox::postgres
