// SQLite's VFS interface, forwarded to the default VFS when UnsyncedVfs allows it.
#pragma once

#include <sqlite3.h>

#include <string>

#include "unsynced_vfs.hpp"

namespace signalbox::fault {

struct UnsyncedVfs::Shim {
  Shim(UnsyncedVfs& owner, std::string name);
  ~Shim();

  UnsyncedVfs& owner;
  const std::string name;
  sqlite3_vfs* const real;
  sqlite3_vfs vfs{};
};

}  // namespace signalbox::fault
