// The model's bookkeeping around each operation.
#include "unsynced_vfs.hpp"

#include <sqlite3.h>

#include "vfs_shim.hpp"

namespace signalbox::fault {
namespace {
constexpr size_t kSectorBytes = 512;
}

UnsyncedVfs::UnsyncedVfs(const std::string& name) : shim_(std::make_unique<Shim>(*this, name)) {}

UnsyncedVfs::~UnsyncedVfs() = default;

void UnsyncedVfs::CutPowerAt(uint64_t change) {
  std::lock_guard lock(mutex_);
  cut_at_ = changes_ + change;
}

void UnsyncedVfs::CutPowerNow() {
  std::lock_guard lock(mutex_);
  cut_ = true;
}

bool UnsyncedVfs::power_is_cut() const {
  std::lock_guard lock(mutex_);
  return cut_;
}

void UnsyncedVfs::RestorePower(Unsynced unsynced, uint32_t seed) {
  std::lock_guard lock(mutex_);
  std::mt19937 random(seed);
  disk_.Restore(unsynced, random);
  cut_ = false;
  cut_at_ = 0;
}

void UnsyncedVfs::FailWrites(int code) {
  std::lock_guard lock(mutex_);
  write_failure_ = code;
}

void UnsyncedVfs::FailSyncs(int code) {
  std::lock_guard lock(mutex_);
  sync_failure_ = code;
}

uint64_t UnsyncedVfs::changes() const {
  std::lock_guard lock(mutex_);
  return changes_;
}

uint64_t UnsyncedVfs::syncs() const {
  std::lock_guard lock(mutex_);
  return syncs_;
}

// False = no power, now or before.
bool UnsyncedVfs::CountAndCheckPower() {
  if (cut_) return false;
  cut_ = ++changes_ == cut_at_;
  return !cut_;
}

int UnsyncedVfs::AllowRead() const { return power_is_cut() ? SQLITE_IOERR_READ : SQLITE_OK; }

int UnsyncedVfs::AllowWrite(const std::string& path, uint64_t offset, std::string_view bytes) {
  std::lock_guard lock(mutex_);
  const bool was_cut = cut_;
  if (!CountAndCheckPower()) {
    // The write during which the power went reached the disk in part.
    const size_t torn = bytes.size() / kSectorBytes / 2 * kSectorBytes;
    if (!was_cut && torn > 0) disk_.Write(path, offset, std::string(bytes.substr(0, torn)));
    return SQLITE_IOERR_WRITE;
  }
  if (write_failure_ != 0) return write_failure_;
  disk_.Write(path, offset, std::string(bytes));
  return SQLITE_OK;
}

int UnsyncedVfs::AllowTruncate(const std::string& path, uint64_t size) {
  std::lock_guard lock(mutex_);
  if (!CountAndCheckPower()) return SQLITE_IOERR_TRUNCATE;
  if (write_failure_ != 0) return write_failure_;
  disk_.Truncate(path, size);
  return SQLITE_OK;
}

int UnsyncedVfs::AllowRemove(const std::string& path, bool sync_names) {
  std::lock_guard lock(mutex_);
  if (!CountAndCheckPower()) return SQLITE_IOERR_DELETE;
  disk_.Remove(path);
  if (sync_names) disk_.SyncNames();
  return SQLITE_OK;
}

int UnsyncedVfs::AllowSync(const std::string& path, bool sync_names) {
  std::lock_guard lock(mutex_);
  if (!CountAndCheckPower()) return SQLITE_IOERR_FSYNC;
  if (sync_failure_ != 0) return sync_failure_;
  ++syncs_;
  disk_.Sync(path);
  if (sync_names) disk_.SyncNames();
  return SQLITE_OK;
}

void UnsyncedVfs::Opened(const std::string& path) {
  std::lock_guard lock(mutex_);
  disk_.Open(path);
}

}  // namespace signalbox::fault
