// A folder whose space a test can take away and give back.
#pragma once

#include <sys/types.h>

#include <string>

#include "harness/server_process.hpp"

namespace signalbox::fault {

// A tmpfs of 64 MiB in a mount namespace of this process. Where mounts are not permitted it is an
// ordinary folder, and Fill limits how large the process may make a file instead.
//
// Requires: made before the process starts threads. Threads: one.
class SmallDisk {
 public:
  SmallDisk();
  ~SmallDisk();
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  const std::string& path() const { return path_; }
  bool mounted() const { return mounted_; }

  // Leaves the process nothing to write to.
  void Fill(pid_t process);
  void Free(pid_t process);

 private:
  harness::TemporaryFolder folder_;
  std::string path_;
  bool mounted_;
};

}  // namespace signalbox::fault
