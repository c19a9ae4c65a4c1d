// SQLite's C interface with ownership and errors as values; for this module only.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace signalbox::sqlite {

// One prepared statement. Lifetime: its Database outlives it. Threads: its Database's.
class Statement {
 public:
  Statement() = default;

  void Bind(int index, int64_t value);
  // Not copied: the bytes stay until Reset.
  void Bind(int index, std::string_view blob);
  // True = a row is there, false = done.
  Result<bool> Step();
  void Reset();
  int64_t Integer(int column) const;
  // Valid until the next Step or Reset.
  std::string_view Blob(int column) const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  std::string file_;
};

// One connection. Threads: one at a time.
class Database {
 public:
  // kUnchanging: nobody writes it any more, so no locks are taken and no files made beside it.
  enum class Mode { kExisting, kCreate, kUnchanging };

  // vfs: empty = the default one.
  // Errors: as Exec; kUnavailable too when the file is absent, unless mode is kCreate.
  static Result<Database> Open(const std::string& path, const std::string& vfs, Mode mode);

  // Errors: kDataLoss where the file is damaged, kUnavailable where it cannot be read or written;
  //         the message names the file.
  Result<void> Exec(const std::string& sql);
  Result<Statement> Prepare(const std::string& sql);
  // The first column of the first row. Errors: as Exec.
  Result<int64_t> QueryInteger(const std::string& sql);

  // Copies the write-ahead log into the file and fsyncs it; `empty`: and truncates the log to nothing.
  Result<void> Checkpoint(bool empty);

  const std::string& path() const { return path_; }

 private:
  struct Close {
    void operator()(sqlite3* handle) const;
  };
  std::unique_ptr<sqlite3, Close> handle_;
  std::string path_;
};

// An error with this module's wording: what failed, on which file, and what to do.
Error ToError(int code, const std::string& message, const std::string& file);

}  // namespace signalbox::sqlite
