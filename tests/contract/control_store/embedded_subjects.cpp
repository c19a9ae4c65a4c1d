// The embedded databases: the fake, and SQLite in a temporary directory.
#include "subject.hpp"

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "adapters/sqlite/sqlite_control_store.hpp"
#include "ports/fakes/memory_control_store.hpp"

namespace signalbox::contract {
namespace {

class MemorySubject final : public ControlSubject {
 public:
  std::shared_ptr<ports::ControlStore> Open() override { return store_; }

 private:
  std::shared_ptr<ports::ControlStore> store_ = std::make_shared<ports::fakes::MemoryControlStore>(clock);
};

class SqliteSubject final : public ControlSubject {
 public:
  SqliteSubject() {
    std::string pattern = testing::TempDir() + "control_XXXXXX";
    if (!mkdtemp(pattern.data())) throw std::runtime_error("no temporary directory");
    directory_ = pattern;
  }
  ~SqliteSubject() override { std::filesystem::remove_all(directory_); }

  std::shared_ptr<ports::ControlStore> Open() override {
    auto opened = sqlite::SqliteControlStore::Open(directory_ + "/control.db", &clock);
    if (!opened) throw std::runtime_error(opened.error().message());
    return std::move(*opened);
  }

 private:
  std::string directory_;
};

}  // namespace

std::vector<ControlKind> AllControlKinds() {
  return {{"Memory", [] { return std::make_unique<MemorySubject>(); }},
          {"Sqlite", [] { return std::make_unique<SqliteSubject>(); }}};
}

}  // namespace signalbox::contract
