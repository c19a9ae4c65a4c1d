// sqlite3_backup: all pages in one step, that is within one read transaction.
#include "adapters/sqlite/backup.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <system_error>

#include "adapters/sqlite/database.hpp"
#include "adapters/sqlite/log_segment.hpp"

namespace signalbox::sqlite {
namespace {

namespace fs = std::filesystem;
constexpr int kBusyTimeoutMs = 5000;

struct Close {
  void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
};
using Handle = std::unique_ptr<sqlite3, Close>;

Result<Handle> OpenAs(const std::string& path, int flags) {
  sqlite3* opened = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &opened, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  Handle handle(opened);
  if (code != SQLITE_OK) return Fail(ToError(code, opened ? sqlite3_errmsg(opened) : "out of memory", path));
  sqlite3_busy_timeout(opened, kBusyTimeoutMs);
  return handle;
}

Result<void> Sync(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = file >= 0 && fsync(file) == 0;
  if (file >= 0) close(file);
  if (synced) return {};
  return Fail(Error(Code::kUnavailable, path + ": cannot be made durable").WithHint("check the disk"));
}

}  // namespace

Result<void> CopyDatabase(const std::string& from, const std::string& to) {
  if (!fs::exists(from)) return Fail(Code::kNotFound, from + " is gone");
  auto source = OpenAs(from, SQLITE_OPEN_READWRITE);
  if (!source) return Fail(source.error());
  auto target = OpenAs(to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  if (!target) return Fail(target.error());
  sqlite3_backup* backup = sqlite3_backup_init(target->get(), "main", source->get(), "main");
  if (backup == nullptr) {
    return Fail(ToError(sqlite3_errcode(target->get()), sqlite3_errmsg(target->get()), to));
  }
  int code = SQLITE_OK;
  // Busy only before the first page: then once more, up to the busy time-out of the source.
  for (int attempt = 0; attempt < 50; ++attempt) {
    code = sqlite3_backup_step(backup, -1);
    if (code != SQLITE_BUSY && code != SQLITE_LOCKED) break;
    sqlite3_sleep(100);
  }
  const int finished = sqlite3_backup_finish(backup);
  if (code != SQLITE_DONE || finished != SQLITE_OK) {
    const int failed = code != SQLITE_DONE ? code : finished;
    return Fail(ToError(failed, std::string("cannot be copied: ") + sqlite3_errstr(failed), from));
  }
  target->reset();  // closed, it is one file
  return Sync(to);
}

Result<std::vector<std::string>> SegmentFiles(const std::string& log_directory) {
  std::vector<std::string> names;
  std::error_code failed;
  for (fs::directory_iterator it(log_directory, failed), end; !failed && it != end; it.increment(failed)) {
    const std::string name = it->path().filename().string();
    if (ParseSegmentName(name)) names.push_back(name);
  }
  if (failed) {
    return Fail(Error(Code::kUnavailable, log_directory + ": " + failed.message())
                    .WithHint("check that the directory exists and can be read"));
  }
  std::sort(names.begin(), names.end());
  return names;
}

uint64_t FirstOffsetOf(const std::string& segment_file) { return ParseSegmentName(segment_file).value_or(0); }

}  // namespace signalbox::sqlite
