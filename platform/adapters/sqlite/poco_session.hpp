// Poco::Data sessions on a SQLite file: settings, transactions, migrations, errors as values.
#pragma once

#include <Poco/Data/Session.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace signalbox::sqlite {

// A session with write-ahead logging whose commits are fsynced; waits up to 5 s for a lock.
// Throws what Poco throws; see Guard.
Poco::Data::Session OpenSession(const std::string& path);

// BEGIN IMMEDIATE; rolled back unless committed. Throws what Poco throws.
class WriteTransaction {
 public:
  explicit WriteTransaction(Poco::Data::Session& session);
  ~WriteTransaction();
  WriteTransaction(const WriteTransaction&) = delete;
  WriteTransaction& operator=(const WriteTransaction&) = delete;
  void Commit();

 private:
  Poco::Data::Session& session_;
  bool committed_ = false;
};

// BEGIN; what is read until its end is one view of the database. Throws what Poco throws.
class ReadTransaction {
 public:
  explicit ReadTransaction(Poco::Data::Session& session);
  ~ReadTransaction();
  ReadTransaction(const ReadTransaction&) = delete;
  ReadTransaction& operator=(const ReadTransaction&) = delete;

 private:
  Poco::Data::Session& session_;
};

// Brings a part of the database to version steps.size(): step i leads from version i to i + 1.
// Each runs once, in a transaction with its row in schema_migrations. Throws what Poco throws.
// Errors: kConflict when the database is newer than the steps.
Result<void> Migrate(Poco::Data::Session& session, const std::string& part,
                     const std::vector<std::vector<std::string>>& steps);

// The exception being handled as an error, named after the file. Call in a catch block.
Error FromException(const std::string& path);

// Runs `body`, which returns a Result, and turns exceptions into its error.
template <typename Body>
auto Guard(const std::string& path, Body body) -> decltype(body()) {
  try {
    return body();
  } catch (...) {
    return Fail(FromException(path));
  }
}

}  // namespace signalbox::sqlite
