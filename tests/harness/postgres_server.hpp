// A real PostgreSQL on a free port of 127.0.0.1, with its data in a temporary folder.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "harness/child_process.hpp"
#include "harness/temporary_folder.hpp"

namespace signalbox::harness {

// Runs as the user postgres where we are root, else as we are. Ends with the object, at the latest
// with the test. Threads: one at a time.
class PostgresServer {
 public:
  // Errors: kUnavailable saying what is missing (Debian package postgresql-15) or the server's log.
  static Result<std::unique_ptr<PostgresServer>> Start();
  ~PostgresServer();

  // postgres://signalbox@127.0.0.1:port/<database>.
  std::string url(const std::string& database = "postgres") const;
  uint16_t port() const { return port_; }

  // A new, empty database; its URL.
  std::string CreateDatabase();
  // Runs SQL through psql and gives what it prints. Errors: kUnavailable with its complaint.
  Result<std::string> Run(const std::string& sql, const std::string& database = "postgres");
  // Ends every connection but this one; how many.
  int TerminateBackends();

  void Stop();   // orderly, running statements are ended
  void Kill();   // kill -9
  void Pause();  // SIGSTOP, the server and every backend
  void Continue();
  Result<void> Restart();  // on the same port and data; after Stop or Kill

 private:
  PostgresServer() = default;
  Result<void> Launch();
  ChildOptions Options(const std::string& output) const;
  bool Accepts();

  TemporaryFolder folder_;
  std::string user_;  // empty = as we are
  uint16_t port_ = 0;
  int databases_ = 0;
  ChildProcess server_;
};

}  // namespace signalbox::harness
