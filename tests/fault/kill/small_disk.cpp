// tmpfs where we may, a resource limit where not.
#include "small_disk.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <vector>

namespace signalbox::fault {
namespace {

void WriteText(const char* path, const std::string& text) { std::ofstream(path) << text; }

// Mounts of this process are its own from here on; as root, or as root of a user namespace.
bool HaveMountsOfOurOwn() {
  const uid_t user = getuid();
  const gid_t group = getgid();
  if (unshare(CLONE_NEWNS) != 0) {
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
    WriteText("/proc/self/setgroups", "deny");
    WriteText("/proc/self/uid_map", "0 " + std::to_string(user) + " 1");
    WriteText("/proc/self/gid_map", "0 " + std::to_string(group) + " 1");
  }
  return mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

// Processes started after it see EFBIG where a signal would have ended them.
void LimitSize(pid_t process, rlim_t bytes) {
  rlimit limit{};
  prlimit(process, RLIMIT_FSIZE, nullptr, &limit);
  limit.rlim_cur = bytes;
  prlimit(process, RLIMIT_FSIZE, &limit, nullptr);
}

}  // namespace

SmallDisk::SmallDisk() : path_(folder_.path() + "/disk") {
  std::filesystem::create_directories(path_);
  mounted_ = HaveMountsOfOurOwn() && mount("tmpfs", path_.c_str(), "tmpfs", 0, "size=64m") == 0;
  if (!mounted_) std::signal(SIGXFSZ, SIG_IGN);
}

SmallDisk::~SmallDisk() {
  if (mounted_) umount2(path_.c_str(), MNT_DETACH);
}

void SmallDisk::Fill(pid_t process) {
  if (!mounted_) return LimitSize(process, 4096);
  const int file = open((path_ + "/ballast").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  for (size_t size = 1 << 20; size > 0; size /= 2) {
    const std::vector<char> bytes(size);
    while (write(file, bytes.data(), size) > 0) {
    }
  }
  close(file);
}

void SmallDisk::Free(pid_t process) {
  if (!mounted_) return LimitSize(process, RLIM_INFINITY);
  std::filesystem::remove(path_ + "/ballast");
}

}  // namespace signalbox::fault
