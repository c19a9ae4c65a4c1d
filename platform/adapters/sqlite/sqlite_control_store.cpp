// Sessions and transactions of the control store.
#include "adapters/sqlite/sqlite_control_store.hpp"

#include <mutex>

#include "adapters/sqlite/control_tables.hpp"
#include "adapters/sqlite/poco_session.hpp"

namespace signalbox::sqlite {

struct SqliteControlStore::Impl {
  Impl(const std::string& file, const Clock* given_clock)
      : path(file),
        clock(given_clock != nullptr ? *given_clock : system_clock),
        writer(OpenSession(file)),
        reader(OpenSession(file)) {}

  const std::string path;
  const SystemClock system_clock;
  const Clock& clock;
  std::mutex write_mutex;
  Poco::Data::Session writer;  // guarded by write_mutex
  std::mutex read_mutex;
  Poco::Data::Session reader;  // guarded by read_mutex
};

SqliteControlStore::SqliteControlStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SqliteControlStore::~SqliteControlStore() = default;

Result<std::unique_ptr<SqliteControlStore>> SqliteControlStore::Open(const std::string& path,
                                                                     const Clock* clock) {
  return Guard(path, [&]() -> Result<std::unique_ptr<SqliteControlStore>> {
    auto impl = std::make_unique<Impl>(path, clock);
    if (auto migrated = Migrate(impl->writer, "control", ControlMigrations()); !migrated) {
      return Fail(migrated.error());
    }
    return std::unique_ptr<SqliteControlStore>(new SqliteControlStore(std::move(impl)));
  });
}

const Clock& SqliteControlStore::clock() const { return impl_->clock; }

Result<void> SqliteControlStore::Write(const Body& body) {
  const std::lock_guard lock(impl_->write_mutex);
  return Guard(impl_->path, [&]() -> Result<void> {
    WriteTransaction transaction(impl_->writer);
    SqliteControlTables tables(impl_->writer);
    auto done = body(tables);
    if (done) transaction.Commit();
    return done;
  });
}

Result<void> SqliteControlStore::Read(const Body& body) const {
  const std::lock_guard lock(impl_->read_mutex);
  return Guard(impl_->path, [&]() -> Result<void> {
    ReadTransaction transaction(impl_->reader);
    SqliteControlTables tables(impl_->reader);
    return body(tables);
  });
}

}  // namespace signalbox::sqlite
