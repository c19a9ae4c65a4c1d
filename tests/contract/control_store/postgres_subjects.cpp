// PostgreSQL: one server for the executable, a database for each subject.
#include <stdexcept>

#include "adapters/postgres/postgres_control_store.hpp"
#include "harness/shared_servers.hpp"
#include "subject.hpp"

namespace signalbox::contract {
namespace {

class PostgresSubject final : public ControlSubject {
 public:
  std::shared_ptr<ports::ControlStore> Open() override {
    auto database = postgres::Database::Make(url_);
    if (!database) throw std::runtime_error(database.error().message());
    return std::make_shared<postgres::PostgresControlStore>(*database, clock);
  }

 private:
  std::string url_ = harness::SharedPostgres().CreateDatabase();
};

}  // namespace

std::vector<ControlKind> AllControlKinds() {
  return {{"Postgres", [] { return std::make_unique<PostgresSubject>(); }}};
}

}  // namespace signalbox::contract
