// Forking with care: another user, a signal when we die.
#include "harness/child_process.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>
#include <utility>

namespace signalbox::harness {
namespace {

Result<passwd> UserNamed(const std::string& name) {
  const passwd* found = getpwnam(name.c_str());
  if (found == nullptr) return Fail(Code::kUnavailable, "there is no user " + name + " on this machine");
  return *found;
}

}  // namespace

Result<ChildProcess> ChildProcess::Start(const std::vector<std::string>& arguments,
                                         const ChildOptions& options) {
  passwd user{};
  if (!options.user.empty()) {
    auto found = UserNamed(options.user);
    if (!found) return Fail(found.error());
    user = *found;
  }
  std::vector<char*> argv;
  for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0) return Fail(Code::kUnavailable, "cannot fork");
  if (pid > 0) {
    ChildProcess child;
    child.pid_ = pid;
    return child;
  }
  const int output = open(options.output_path.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  const int input = open("/dev/null", O_RDONLY);
  dup2(input, 0);
  dup2(output, 1);
  dup2(output, 2);
  if (!options.user.empty() &&
      (setgroups(0, nullptr) != 0 || setgid(user.pw_gid) != 0 || setuid(user.pw_uid) != 0)) {
    _exit(126);
  }
  prctl(PR_SET_PDEATHSIG, options.end_with_us);  // a change of user clears it, hence last
  if (getppid() != parent) _exit(125);
  execv(argv[0], argv.data());
  _exit(127);
}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  std::swap(pid_, other.pid_);
  return *this;
}

ChildProcess::~ChildProcess() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

void ChildProcess::Signal(int signal) {
  if (pid_ > 0) kill(pid_, signal);
}

bool ChildProcess::Wait(int wait_ms, int* status) {
  if (pid_ <= 0) return true;
  return WaitUntil(wait_ms, [&] {
    if (waitpid(pid_, status, WNOHANG) != pid_) return false;
    pid_ = -1;
    return true;
  });
}

uint16_t FreePort() {
  const int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const bool bound = bind(probe, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                     getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  close(probe);
  return bound ? ntohs(address.sin_port) : 0;
}

bool WaitUntil(int wait_ms, const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(wait_ms);
  for (;;) {
    if (condition()) return true;
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

std::string EndOfFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  const std::string all = text.str();
  return all.size() > 4000 ? all.substr(all.size() - 4000) : all;
}

Result<void> GiveFolder(const std::string& path, const std::string& name) {
  const auto user = UserNamed(name);
  if (!user) return Fail(user.error());
  std::error_code failed;
  if (chown(path.c_str(), user->pw_uid, user->pw_gid) != 0) {
    return Fail(Code::kUnavailable, "cannot give " + path + " to " + name);
  }
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path, failed)) {
    if (lchown(entry.path().c_str(), user->pw_uid, user->pw_gid) != 0) {
      return Fail(Code::kUnavailable, "cannot give " + entry.path().string() + " to " + name);
    }
  }
  return {};
}

}  // namespace signalbox::harness
