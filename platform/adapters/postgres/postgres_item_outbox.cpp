// The outbox's statements.
#include "adapters/postgres/postgres_item_outbox.hpp"

#include <Poco/Data/Statement.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "adapters/postgres/arrays.hpp"
#include "adapters/postgres/catalogue_tables.hpp"
#include "adapters/postgres/session_pool.hpp"

namespace signalbox::postgres {

using namespace Poco::Data::Keywords;

struct PostgresItemOutbox::Impl {
  std::shared_ptr<Database> database;
  Schema schema{"catalogue", CatalogueMigrations()};
};

PostgresItemOutbox::PostgresItemOutbox(std::shared_ptr<Database> database)
    : impl_(new Impl{std::move(database)}) {}
PostgresItemOutbox::~PostgresItemOutbox() = default;

Result<std::vector<ports::OutboxEntry>> PostgresItemOutbox::Oldest(size_t limit) const {
  using Entries = std::vector<ports::OutboxEntry>;
  const uint64_t count = std::min<uint64_t>(limit, std::numeric_limits<int64_t>::max());
  return impl_->database->pool().Read(impl_->schema, [&](Poco::Data::Session& session) -> Result<Entries> {
    std::vector<std::string> tenants;
    const auto rows = ReadOutbox(session, count, &tenants);
    auto changes = ports::ToChanges(rows);
    if (!changes) return Fail(changes.error());
    Entries entries;
    for (size_t i = 0; i < changes->size(); ++i) {
      entries.push_back({std::move(tenants[i]), std::move((*changes)[i])});
    }
    return entries;
  });
}

Result<void> PostgresItemOutbox::Remove(const std::vector<ports::OutboxEntry>& entries) {
  std::vector<std::string> tenants, types, ids;
  std::vector<uint64_t> epochs;
  for (const auto& [tenant, change] : entries) {
    tenants.push_back(tenant);
    types.push_back(change.item.type);
    ids.push_back(change.item.id);
    epochs.push_back(change.epoch);
  }
  std::string tenant_array = TextArray(tenants), type_array = TextArray(types), id_array = TextArray(ids),
              epoch_array = NumberArray(epochs);
  return impl_->database->pool().Read(impl_->schema, [&](Poco::Data::Session& session) -> Result<void> {
    // A row that a writer holds is about to change, and stays: waiting for it could be a deadlock.
    session
        << "DELETE FROM item_outbox WHERE number IN (SELECT number FROM item_outbox AS held"
           " JOIN unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) AS gone (tenant, type, id, epoch)"
           " USING (tenant, type, id, epoch) FOR UPDATE OF held SKIP LOCKED)",
        use(tenant_array), use(type_array), use(id_array), use(epoch_array), now;
    return {};
  });
}

Result<ports::OutboxSize> PostgresItemOutbox::Size() const {
  return impl_->database->pool().Read(
      impl_->schema, [&](Poco::Data::Session& session) -> Result<ports::OutboxSize> {
        Poco::UInt64 entries = 0;
        Poco::Int64 oldest_ms = 0;
        session << "SELECT count(*), coalesce(greatest(0, extract(epoch FROM clock_timestamp() - min(since))"
                   " * 1000), 0)::bigint FROM item_outbox",
            into(entries), into(oldest_ms), now;
        return ports::OutboxSize{entries, oldest_ms};
      });
}

}  // namespace signalbox::postgres
