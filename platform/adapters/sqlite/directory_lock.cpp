// flock on a file that names its holder.
#include "adapters/sqlite/directory_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cstring>

namespace signalbox::sqlite {

Result<DirectoryLock> DirectoryLock::Acquire(const std::string& directory) {
  const std::string path = directory + "/LOCK";
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) {
    return Fail(Error(Code::kUnavailable, path + ": " + std::strerror(errno))
                    .WithHint("check that the directory exists and can be written"));
  }
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    char holder[32] = "unknown";
    const ssize_t size = ::pread(fd, holder, sizeof holder - 1, 0);
    if (size > 0) holder[size] = '\0';
    ::close(fd);
    return Fail(Error(Code::kConflict, directory + " is in use by another process (" + holder + ")")
                    .WithHint("stop that process or choose another data directory"));
  }
  const std::string self = "pid " + std::to_string(::getpid());
  // Only a help for people: a failure to write it does not matter.
  if (::ftruncate(fd, 0) != 0 || ::pwrite(fd, self.data(), self.size(), 0) < 0) errno = 0;
  return DirectoryLock(fd);
}

DirectoryLock::~DirectoryLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace signalbox::sqlite
