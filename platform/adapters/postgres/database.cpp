// The pool behind a name.
#include "adapters/postgres/database.hpp"

#include "adapters/postgres/connection_url.hpp"
#include "adapters/postgres/session_pool.hpp"

namespace signalbox::postgres {

Database::Database(std::unique_ptr<SessionPool> pool) : pool_(std::move(pool)) {}
Database::~Database() = default;

Result<std::shared_ptr<Database>> Database::Make(const std::string& url, const DatabaseOptions& options) {
  auto parsed = ParseConnectionUrl(url);
  if (!parsed) return Fail(parsed.error());
  return std::shared_ptr<Database>(new Database(std::make_unique<SessionPool>(std::move(*parsed), options)));
}

std::string Database::failure() const { return pool_->failure(); }
const std::string& Database::name() const { return pool_->name(); }

}  // namespace signalbox::postgres
