// How SQLite's result codes become ours.
#include "adapters/sqlite/database.hpp"

#include <sqlite3.h>

namespace signalbox::sqlite {
namespace {
constexpr int kBusyTimeoutMs = 5000;

std::string EscapeUri(const std::string& path) {
  std::string escaped;
  for (const char c : path) {
    if (c == '%' || c == '?' || c == '#') {
      escaped += c == '%' ? "%25" : c == '?' ? "%3f" : "%23";
    } else {
      escaped += c;
    }
  }
  return escaped;
}
}  // namespace

Error ToError(int code, const std::string& message, const std::string& file) {
  const std::string text = file + ": " + message;
  switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Error(Code::kDataLoss, text).WithHint("the file is damaged; restore it from a backup");
    case SQLITE_FULL:
      return Error(Code::kUnavailable, text).WithHint("the disk is full; free some space");
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return Error(Code::kUnavailable, text).WithHint("check the disk and the file's permissions");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_NOMEM:
      return Error(Code::kUnavailable, text).WithHint("try again later");
    default:
      return Error(Code::kInternal, text).WithHint("please report it");
  }
}

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

void Statement::Bind(int index, int64_t value) { sqlite3_bind_int64(statement_.get(), index, value); }

void Statement::Bind(int index, std::string_view blob) {
  sqlite3_bind_blob64(statement_.get(), index, blob.data(), blob.size(), SQLITE_STATIC);
}

Result<bool> Statement::Step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  sqlite3* handle = sqlite3_db_handle(statement_.get());
  return Fail(ToError(sqlite3_extended_errcode(handle), sqlite3_errmsg(handle), file_));
}

void Statement::Reset() { sqlite3_reset(statement_.get()); }

int64_t Statement::Integer(int column) const { return sqlite3_column_int64(statement_.get(), column); }

std::string_view Statement::Blob(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_.get(), column));
  const int size = sqlite3_column_bytes(statement_.get(), column);
  return bytes ? std::string_view(bytes, static_cast<size_t>(size)) : std::string_view();
}

void Database::Close::operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }

Result<Database> Database::Open(const std::string& path, const std::string& vfs, Mode mode) {
  int flags = SQLITE_OPEN_NOMUTEX;
  std::string name = path;
  if (mode == Mode::kUnchanging) {
    flags |= SQLITE_OPEN_READONLY | SQLITE_OPEN_URI;
    name = "file:" + EscapeUri(path) + "?immutable=1";
  } else {
    flags |= SQLITE_OPEN_READWRITE | (mode == Mode::kCreate ? SQLITE_OPEN_CREATE : 0);
  }
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(name.c_str(), &handle, flags, vfs.empty() ? nullptr : vfs.c_str());
  Database database;
  database.handle_.reset(handle);
  database.path_ = path;
  if (code != SQLITE_OK) return Fail(ToError(code, handle ? sqlite3_errmsg(handle) : "out of memory", path));
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, kBusyTimeoutMs);
  return database;
}

Result<void> Database::Exec(const std::string& sql) {
  const int code = sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code == SQLITE_OK) return {};
  return Fail(ToError(sqlite3_extended_errcode(handle_.get()), sqlite3_errmsg(handle_.get()), path_));
}

Result<Statement> Database::Prepare(const std::string& sql) {
  sqlite3_stmt* prepared = nullptr;
  const int code = sqlite3_prepare_v3(handle_.get(), sql.c_str(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &prepared, nullptr);
  Statement statement;
  statement.statement_.reset(prepared);
  statement.file_ = path_;
  if (code != SQLITE_OK) return Fail(ToError(code, sqlite3_errmsg(handle_.get()), path_));
  return statement;
}

Result<int64_t> Database::QueryInteger(const std::string& sql) {
  auto statement = Prepare(sql);
  if (!statement) return Fail(statement.error());
  const auto row = statement->Step();
  if (!row) return Fail(row.error());
  return *row ? statement->Integer(0) : 0;
}

Result<void> Database::Checkpoint(bool empty) {
  const int mode = empty ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE;
  const int code = sqlite3_wal_checkpoint_v2(handle_.get(), nullptr, mode, nullptr, nullptr);
  if (code == SQLITE_OK) return {};
  return Fail(ToError(code, sqlite3_errmsg(handle_.get()), path_));
}

}  // namespace signalbox::sqlite
