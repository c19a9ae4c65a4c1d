// One row per name; whoever updates it first has it.
#include "adapters/postgres/postgres_leases.hpp"

#include <Poco/Data/Statement.h>

#include <utility>

#include "adapters/postgres/session_pool.hpp"

namespace signalbox::postgres {

using namespace Poco::Data::Keywords;

namespace {

const std::vector<std::string>& LeaseMigrations() {
  static const std::vector<std::string> kSteps = {
      "CREATE TABLE leases (name TEXT PRIMARY KEY, holder TEXT NOT NULL, term BIGINT NOT NULL,"
      " until TIMESTAMPTZ NOT NULL)"};
  return kSteps;
}

std::optional<ports::LeaseState> ReadLease(Poco::Data::Session& session, std::string name) {
  std::vector<std::string> holders;
  std::vector<Poco::UInt64> terms;
  std::vector<Poco::Int64> remaining_ms;
  session << "SELECT holder, term, (extract(epoch FROM until - clock_timestamp()) * 1000)::bigint"
             " FROM leases WHERE name = $1 AND until > clock_timestamp()",
      use(name), into(holders), into(terms), into(remaining_ms), now;
  if (holders.empty()) return std::nullopt;
  return ports::LeaseState{holders[0], terms[0], remaining_ms[0]};
}

}  // namespace

struct PostgresLeases::Impl {
  std::shared_ptr<Database> database;
  Schema schema{"leases", LeaseMigrations()};
};

PostgresLeases::PostgresLeases(std::shared_ptr<Database> database) : impl_(new Impl{std::move(database)}) {}
PostgresLeases::~PostgresLeases() = default;

Result<ports::LeaseState> PostgresLeases::Hold(std::string_view name_view, std::string_view holder_view,
                                               int64_t ttl_ms) {
  std::string name(name_view), holder(holder_view);
  Poco::Int64 ttl = ttl_ms;
  return impl_->database->pool().Write(
      impl_->schema, [&](SessionPool::Use& used) -> Result<ports::LeaseState> {
        auto& session = used.session();
        session << "INSERT INTO leases AS held VALUES ($1, $2, 1, clock_timestamp() + $3 * interval '1 ms')"
                   " ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until,"
                   " term = held.term + CASE WHEN held.holder = excluded.holder THEN 0 ELSE 1 END"
                   " WHERE held.holder = excluded.holder OR held.until <= clock_timestamp()",
            use(name), use(holder), use(ttl), now;
        if (auto lease = ReadLease(session, name)) return *lease;
        // It ended between the two statements.
        return Fail(
            Error(Code::kUnavailable, "the lease " + name + " is changing hands").WithHint("try again"));
      });
}

Result<void> PostgresLeases::Release(std::string_view name_view, std::string_view holder_view) {
  std::string name(name_view), holder(holder_view);
  return impl_->database->pool().Read(impl_->schema, [&](Poco::Data::Session& session) -> Result<void> {
    session << "UPDATE leases SET until = clock_timestamp() WHERE name = $1 AND holder = $2", use(name),
        use(holder), now;
    return {};
  });
}

Result<std::optional<ports::LeaseState>> PostgresLeases::Find(std::string_view name) const {
  return impl_->database->pool().Read(
      impl_->schema, [&](Poco::Data::Session& session) -> Result<std::optional<ports::LeaseState>> {
        return ReadLease(session, std::string(name));
      });
}

}  // namespace signalbox::postgres
