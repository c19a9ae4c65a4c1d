// The embedded databases: the fake, and SQLite in a temporary directory.
#include "subject.hpp"

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "adapters/sqlite/sqlite_catalogue_store.hpp"
#include "ports/fakes/memory_catalogue_store.hpp"

namespace signalbox::contract {
namespace {

class MemorySubject final : public CatalogueSubject {
 public:
  std::shared_ptr<ports::CatalogueStore> Open() override { return store_; }

 private:
  std::shared_ptr<ports::CatalogueStore> store_ =
      std::make_shared<ports::fakes::MemoryCatalogueStore>(&clock);
};

class SqliteSubject final : public CatalogueSubject {
 public:
  SqliteSubject() {
    std::string pattern = testing::TempDir() + "catalogue_XXXXXX";
    if (!mkdtemp(pattern.data())) throw std::runtime_error("no temporary directory");
    directory_ = pattern;
  }
  ~SqliteSubject() override { std::filesystem::remove_all(directory_); }

  std::shared_ptr<ports::CatalogueStore> Open() override {
    auto opened = sqlite::SqliteCatalogueStore::Open(directory_ + "/control.db", &clock);
    if (!opened) throw std::runtime_error(opened.error().message());
    return std::move(*opened);
  }

 private:
  std::string directory_;
};

}  // namespace

std::vector<CatalogueKind> AllCatalogueKinds() {
  return {{"Memory", [] { return std::make_unique<MemorySubject>(); }},
          {"Sqlite", [] { return std::make_unique<SqliteSubject>(); }}};
}

}  // namespace signalbox::contract
