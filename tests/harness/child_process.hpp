// A child process that ends by its id and never outlives the test.
#pragma once

#include <sys/types.h>

#include <csignal>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace signalbox::harness {

struct ChildOptions {
  std::string output_path;    // standard output and error are appended to it
  std::string user;           // run as this user; empty = as we are
  int end_with_us = SIGKILL;  // the signal that our death sends it
};

// Threads: one at a time. Start it from a thread that lives as long as it should.
class ChildProcess {
 public:
  // Errors: kUnavailable where the user is unknown or fork fails; a program that cannot be run ends
  // with code 127.
  static Result<ChildProcess> Start(const std::vector<std::string>& arguments, const ChildOptions& options);
  ChildProcess() = default;
  ChildProcess(ChildProcess&& other) noexcept : pid_(other.pid_) { other.pid_ = -1; }
  ChildProcess& operator=(ChildProcess&& other) noexcept;
  ~ChildProcess();

  void Signal(int signal);
  // Whether it ended within the time; then *status (may be null) is waitpid's.
  bool Wait(int wait_ms, int* status = nullptr);
  pid_t pid() const { return pid_; }  // -1 = ended

 private:
  pid_t pid_ = -1;
};

// A port of 127.0.0.1 that was free a moment ago; 0 = none.
uint16_t FreePort();
// Whether the condition came true within the time.
bool WaitUntil(int wait_ms, const std::function<bool()>& condition);
// The end of a text file, for error messages.
std::string EndOfFile(const std::string& path);
// A folder and what is in it, given to the user. Errors: kUnavailable.
Result<void> GiveFolder(const std::string& path, const std::string& user);

}  // namespace signalbox::harness
