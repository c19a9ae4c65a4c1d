// A SQLite VFS for tests that cuts the power, fills the disk and fails fsync.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <random>
#include <string>

#include "disk_model.hpp"

namespace signalbox::fault {

// Files lie on the real disk through SQLite's default VFS; a model beside them knows what was
// synced. Threads: every member is safe from any thread. Lifetime: outlives its connections.
class UnsyncedVfs {
 public:
  // Registers itself under this name.
  explicit UnsyncedVfs(const std::string& name);
  ~UnsyncedVfs();
  UnsyncedVfs(const UnsyncedVfs&) = delete;
  UnsyncedVfs& operator=(const UnsyncedVfs&) = delete;

  // The power goes at the n-th change (write, truncate, delete, sync) from now, 1 = the next. A
  // write it hits is torn. From then on everything fails with an I/O error.
  void CutPowerAt(uint64_t change);
  void CutPowerNow();
  bool power_is_cut() const;

  // Puts on the real disk what a power cut leaves, and has power again.
  // Requires: every connection is closed.
  void RestorePower(Unsynced unsynced, uint32_t seed);

  // Writes and truncations fail with this SQLite code; 0 = no more.
  void FailWrites(int code);
  // The same for syncs.
  void FailSyncs(int code);

  uint64_t changes() const;
  uint64_t syncs() const;

  // What the VFS's callbacks use. Each Allow... gives SQLITE_OK or the code to fail with.
  struct Shim;
  int AllowRead() const;
  int AllowWrite(const std::string& path, uint64_t offset, std::string_view bytes);
  int AllowTruncate(const std::string& path, uint64_t size);
  int AllowRemove(const std::string& path, bool sync_names);
  int AllowSync(const std::string& path, bool sync_names);
  void Opened(const std::string& path);

 private:
  bool CountAndCheckPower();

  mutable std::mutex mutex_;
  DiskModel disk_;  // guarded by mutex_, as all below
  uint64_t changes_ = 0;
  uint64_t syncs_ = 0;
  uint64_t cut_at_ = 0;  // 0 = never
  bool cut_ = false;
  int write_failure_ = 0;
  int sync_failure_ = 0;
  std::unique_ptr<Shim> shim_;
};

}  // namespace signalbox::fault
