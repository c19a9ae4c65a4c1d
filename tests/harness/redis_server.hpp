// A real Redis on a free port of 127.0.0.1, without persistence.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "harness/child_process.hpp"
#include "harness/temporary_folder.hpp"

namespace signalbox::harness {

// Ends with the object, at the latest with the test. Threads: one at a time.
class RedisServer {
 public:
  // Errors: kUnavailable saying what is missing (Debian package redis-server) or the server's log.
  static Result<std::unique_ptr<RedisServer>> Start();

  // redis://127.0.0.1:port/0.
  std::string url() const;
  uint16_t port() const { return port_; }
  // Runs redis-cli with the arguments and gives what it prints.
  std::string Run(const std::vector<std::string>& arguments);

  void Kill();   // kill -9
  void Pause();  // SIGSTOP
  void Continue();
  Result<void> Restart();  // on the same port, empty; after Kill

 private:
  RedisServer() = default;

  TemporaryFolder folder_;
  uint16_t port_ = 0;
  ChildProcess server_;
};

}  // namespace signalbox::harness
