// What is common to everything kept through Poco::Data in SQLite.
#include "adapters/sqlite/poco_session.hpp"

#include <Poco/Data/SQLite/Connector.h>
#include <Poco/Data/SQLite/SQLiteException.h>
#include <Poco/Data/Statement.h>

#include <mutex>

#include "base/clock.hpp"

namespace signalbox::sqlite {

using namespace Poco::Data::Keywords;

Poco::Data::Session OpenSession(const std::string& path) {
  static std::once_flag registered;
  std::call_once(registered, [] { Poco::Data::SQLite::Connector::registerConnector(); });
  Poco::Data::Session session(Poco::Data::SQLite::Connector::KEY, path);
  int timeout_ms = 0;
  std::string mode;
  session << "PRAGMA busy_timeout = 5000", into(timeout_ms), now;
  session << "PRAGMA journal_mode = WAL", into(mode), now;
  session << "PRAGMA synchronous = FULL", now;
  return session;
}

WriteTransaction::WriteTransaction(Poco::Data::Session& session) : session_(session) {
  session_ << "BEGIN IMMEDIATE", now;
}

void WriteTransaction::Commit() {
  session_ << "COMMIT", now;
  committed_ = true;
}

WriteTransaction::~WriteTransaction() {
  if (committed_) return;
  try {
    session_ << "ROLLBACK", now;
  } catch (const Poco::Exception&) {  // SQLite has rolled back by itself
  }
}

ReadTransaction::ReadTransaction(Poco::Data::Session& session) : session_(session) {
  session_ << "BEGIN", now;
}

ReadTransaction::~ReadTransaction() {
  try {
    session_ << "COMMIT", now;
  } catch (const Poco::Exception&) {  // SQLite has ended it by itself
  }
}

Result<void> Migrate(Poco::Data::Session& session, const std::string& part,
                     const std::vector<std::vector<std::string>>& steps) {
  session << "CREATE TABLE IF NOT EXISTS schema_migrations (part TEXT NOT NULL, version INTEGER NOT NULL,"
             " applied_ms BIGINT NOT NULL, PRIMARY KEY (part, version))",
      now;
  WriteTransaction transaction(session);
  Poco::UInt64 version = 0;
  std::string name = part;
  session << "SELECT coalesce(max(version), 0) FROM schema_migrations WHERE part = ?", use(name),
      into(version), now;
  if (version > steps.size()) {
    return Fail(Error(Code::kConflict, "the " + part + "'s tables have version " + std::to_string(version) +
                                           ", this program knows " + std::to_string(steps.size()))
                    .WithHint("run the newer program, or restore an older backup"));
  }
  for (size_t i = version; i < steps.size(); ++i) {
    for (const auto& statement : steps[i]) session << statement, now;
    Poco::UInt64 next = i + 1;
    Poco::Int64 applied_ms = SystemClock().now_ms();
    session << "INSERT INTO schema_migrations VALUES (?, ?, ?)", use(name), use(next), use(applied_ms), now;
  }
  transaction.Commit();
  return {};
}

Error FromException(const std::string& path) {
  namespace errors = Poco::Data::SQLite;
  const auto make = [&path](Code code, const Poco::Exception& error, std::string hint) {
    return Error(code, path + ": " + error.displayText()).WithHint(std::move(hint));
  };
  try {
    throw;
  } catch (const errors::CorruptImageException& error) {
    return make(Code::kDataLoss, error, "the file is damaged; restore it from a backup");
  } catch (const errors::DatabaseFullException& error) {
    return make(Code::kUnavailable, error, "the disk is full; free some space");
  } catch (const errors::DBLockedException& error) {
    return make(Code::kUnavailable, error, "try again later");
  } catch (const errors::TableLockedException& error) {
    return make(Code::kUnavailable, error, "try again later");
  } catch (const errors::InvalidSQLStatementException& error) {
    return make(Code::kInternal, error, "please report it");
  } catch (const Poco::Exception& error) {
    if (error.displayText().find("not a database") != std::string::npos) {
      return make(Code::kDataLoss, error, "the file is damaged; restore it from a backup");
    }
    return make(Code::kUnavailable, error, "check the disk and the file's permissions");
  } catch (const std::exception& error) {
    return Error(Code::kInternal, path + ": " + error.what()).WithHint("please report it");
  }
}

}  // namespace signalbox::sqlite
