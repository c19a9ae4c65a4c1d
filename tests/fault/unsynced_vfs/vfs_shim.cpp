// The C callbacks.
#include "vfs_shim.hpp"

#include <new>

namespace signalbox::fault {
namespace {

using Shim = UnsyncedVfs::Shim;

// Lies before the real file in the memory that SQLite gives.
struct ShimFile {
  sqlite3_file base;
  UnsyncedVfs* owner;
  std::string* path;          // null = a temporary file, not modelled
  bool names_with_next_sync;  // as the unix VFS: a new journal's first sync is its directory's too
};

ShimFile& Of(sqlite3_file* file) { return *reinterpret_cast<ShimFile*>(file); }
sqlite3_file* Real(sqlite3_file* file) { return reinterpret_cast<sqlite3_file*>(&Of(file) + 1); }

int Close(sqlite3_file* file) {
  delete Of(file).path;
  return Real(file)->pMethods->xClose(Real(file));
}

int Read(sqlite3_file* file, void* to, int size, sqlite3_int64 offset) {
  const int code = Of(file).owner->AllowRead();
  return code != SQLITE_OK ? code : Real(file)->pMethods->xRead(Real(file), to, size, offset);
}

int Write(sqlite3_file* file, const void* from, int size, sqlite3_int64 offset) {
  if (Of(file).path) {
    const std::string_view bytes(static_cast<const char*>(from), static_cast<size_t>(size));
    const int code = Of(file).owner->AllowWrite(*Of(file).path, static_cast<uint64_t>(offset), bytes);
    if (code != SQLITE_OK) return code;
  }
  return Real(file)->pMethods->xWrite(Real(file), from, size, offset);
}

int Truncate(sqlite3_file* file, sqlite3_int64 size) {
  if (Of(file).path) {
    const int code = Of(file).owner->AllowTruncate(*Of(file).path, static_cast<uint64_t>(size));
    if (code != SQLITE_OK) return code;
  }
  return Real(file)->pMethods->xTruncate(Real(file), size);
}

// The real sync is left out: the model stands for it, and the test runs faster.
int Sync(sqlite3_file* file, int) {
  if (!Of(file).path) return SQLITE_OK;
  const int code = Of(file).owner->AllowSync(*Of(file).path, Of(file).names_with_next_sync);
  if (code == SQLITE_OK) Of(file).names_with_next_sync = false;
  return code;
}

int FileSize(sqlite3_file* file, sqlite3_int64* size) {
  return Real(file)->pMethods->xFileSize(Real(file), size);
}
int Lock(sqlite3_file* file, int level) { return Real(file)->pMethods->xLock(Real(file), level); }
int Unlock(sqlite3_file* file, int level) { return Real(file)->pMethods->xUnlock(Real(file), level); }
int CheckReserved(sqlite3_file* file, int* out) {
  return Real(file)->pMethods->xCheckReservedLock(Real(file), out);
}
int FileControl(sqlite3_file* file, int op, void* arg) {
  return Real(file)->pMethods->xFileControl(Real(file), op, arg);
}
int SectorSize(sqlite3_file* file) { return Real(file)->pMethods->xSectorSize(Real(file)); }
int Characteristics(sqlite3_file* file) { return Real(file)->pMethods->xDeviceCharacteristics(Real(file)); }
int ShmMap(sqlite3_file* file, int page, int size, int extend, void volatile** out) {
  return Real(file)->pMethods->xShmMap(Real(file), page, size, extend, out);
}
int ShmLock(sqlite3_file* file, int offset, int n, int flags) {
  return Real(file)->pMethods->xShmLock(Real(file), offset, n, flags);
}
void ShmBarrier(sqlite3_file* file) { Real(file)->pMethods->xShmBarrier(Real(file)); }
int ShmUnmap(sqlite3_file* file, int remove) { return Real(file)->pMethods->xShmUnmap(Real(file), remove); }

// Version 2: with shared memory, without memory-mapped reads, which would pass by the model.
const sqlite3_io_methods kMethods = {
    2,        Close,         Read,        Write,      Truncate,        Sync,   FileSize, Lock,
    Unlock,   CheckReserved, FileControl, SectorSize, Characteristics, ShmMap, ShmLock,  ShmBarrier,
    ShmUnmap, nullptr,       nullptr};

Shim& Of(sqlite3_vfs* vfs) { return *static_cast<Shim*>(vfs->pAppData); }

int Open(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* out_flags) {
  Shim& shim = Of(vfs);
  file->pMethods = nullptr;
  if (shim.owner.AllowRead() != SQLITE_OK) return SQLITE_CANTOPEN;
  int exists = 0;
  if (path) shim.real->xAccess(shim.real, path, SQLITE_ACCESS_EXISTS, &exists);
  if (path && (exists != 0 || (flags & SQLITE_OPEN_CREATE) != 0)) shim.owner.Opened(path);
  const int code = shim.real->xOpen(shim.real, path, Real(file), flags, out_flags);
  if (code != SQLITE_OK) return code;
  constexpr int kJournals = SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL | SQLITE_OPEN_WAL;
  ShimFile& opened = Of(file);
  opened.owner = &shim.owner;
  opened.path = path ? new std::string(path) : nullptr;
  opened.names_with_next_sync = (flags & SQLITE_OPEN_CREATE) != 0 && (flags & kJournals) != 0;
  opened.base.pMethods = &kMethods;
  return SQLITE_OK;
}

int Delete(sqlite3_vfs* vfs, const char* path, int sync_directory) {
  const int code = Of(vfs).owner.AllowRemove(path, sync_directory != 0);
  return code != SQLITE_OK ? code : Of(vfs).real->xDelete(Of(vfs).real, path, 0);
}

int Access(sqlite3_vfs* vfs, const char* path, int flags, int* out) {
  return Of(vfs).real->xAccess(Of(vfs).real, path, flags, out);
}
int FullPathname(sqlite3_vfs* vfs, const char* path, int size, char* out) {
  return Of(vfs).real->xFullPathname(Of(vfs).real, path, size, out);
}

}  // namespace

Shim::Shim(UnsyncedVfs& owner_vfs, std::string vfs_name)
    : owner(owner_vfs), name(std::move(vfs_name)), real(sqlite3_vfs_find(nullptr)), vfs(*real) {
  vfs.pNext = nullptr;
  vfs.zName = name.c_str();
  vfs.szOsFile = static_cast<int>(sizeof(ShimFile)) + real->szOsFile;
  vfs.pAppData = this;
  vfs.xOpen = Open;
  vfs.xDelete = Delete;
  vfs.xAccess = Access;
  vfs.xFullPathname = FullPathname;
  sqlite3_vfs_register(&vfs, 0);
}

Shim::~Shim() { sqlite3_vfs_unregister(&vfs); }

}  // namespace signalbox::fault
