// Migrations.
#include "adapters/postgres/schema.hpp"

#include <Poco/Data/Statement.h>

#include "adapters/postgres/errors.hpp"
#include "base/clock.hpp"

namespace signalbox::postgres {

using namespace Poco::Data::Keywords;

Result<void> Migrate(Poco::Data::Session& session, PGconn* connection, const std::string& part,
                     const std::vector<std::string>& steps) {
  Execute(connection,
          "BEGIN; SET LOCAL statement_timeout = '10min'; SET LOCAL lock_timeout = '10min';"
          // "signalbo" in ASCII: any number that nobody else takes
          "SELECT pg_advisory_xact_lock(8314892176726192751);"
          "CREATE TABLE IF NOT EXISTS schema_migrations (part TEXT NOT NULL, version INTEGER NOT NULL,"
          " applied_ms BIGINT NOT NULL, PRIMARY KEY (part, version))");
  Poco::UInt64 version = 0;
  std::string name = part;
  session << "SELECT coalesce(max(version), 0)::bigint FROM schema_migrations WHERE part = $1", use(name),
      into(version), now;
  if (version > steps.size()) {
    Execute(connection, "ROLLBACK");
    return Fail(Error(Code::kConflict, "the tables of the " + part + " have version " +
                                           std::to_string(version) + ", this program knows " +
                                           std::to_string(steps.size()))
                    .WithHint("run the newer program, or restore an older backup"));
  }
  for (size_t i = version; i < steps.size(); ++i) {
    Execute(connection, steps[i]);
    Poco::Int32 next = static_cast<Poco::Int32>(i + 1);
    Poco::Int64 applied_ms = SystemClock().now_ms();
    session << "INSERT INTO schema_migrations VALUES ($1, $2, $3)", use(name), use(next), use(applied_ms),
        now;
  }
  Execute(connection, "COMMIT");
  return {};
}

}  // namespace signalbox::postgres
