// Keeps a second process off a directory.
#pragma once

#include <string>

#include "base/result.hpp"

namespace signalbox::sqlite {

// Holds flock(2) on <directory>/LOCK while it lives; the kernel lets go when the process ends,
// however it ends.
class DirectoryLock {
 public:
  // Errors: kConflict when it is held elsewhere (also in this process), naming the holder's
  //         process id; kUnavailable when the file cannot be made.
  static Result<DirectoryLock> Acquire(const std::string& directory);

  DirectoryLock(DirectoryLock&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  DirectoryLock& operator=(DirectoryLock&&) = delete;
  ~DirectoryLock();

 private:
  explicit DirectoryLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace signalbox::sqlite
