// PostgreSQL: one server for the executable, a database for each subject.
#include <stdexcept>

#include "adapters/postgres/postgres_catalogue_store.hpp"
#include "harness/shared_servers.hpp"
#include "subject.hpp"

namespace signalbox::contract {
namespace {

class PostgresSubject final : public CatalogueSubject {
 public:
  std::shared_ptr<ports::CatalogueStore> Open() override {
    auto database = postgres::Database::Make(url_);
    if (!database) throw std::runtime_error(database.error().message());
    return std::make_shared<postgres::PostgresCatalogueStore>(*database, clock);
  }

 private:
  std::string url_ = harness::SharedPostgres().CreateDatabase();
};

}  // namespace

std::vector<CatalogueKind> AllCatalogueKinds() {
  return {{"Postgres", [] { return std::make_unique<PostgresSubject>(); }}};
}

}  // namespace signalbox::contract
