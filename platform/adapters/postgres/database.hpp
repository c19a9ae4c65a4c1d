// A PostgreSQL database that may go away and come back: what the stores on it share.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "base/result.hpp"

namespace signalbox::postgres {

class SessionPool;

struct DatabaseOptions {
  size_t max_sessions = 6;
  int wait_ms = 2000;       // for a session, when all are in use
  int connect_ms = 2000;    // libpq knows no less
  int statement_ms = 5000;  // the server ends a longer statement
  int call_ms = 8000;       // a whole call; then its connection is cut
};

// Threads: any. Lifetime: the stores that use it share it.
class Database {
 public:
  // Does not connect: a node starts without its database.
  // Errors: kInvalidArgument naming DATABASE_URL.
  static Result<std::shared_ptr<Database>> Make(const std::string& url, const DatabaseOptions& options = {});
  ~Database();

  // Empty while the last contact went well; else why not. For readiness; never waits.
  std::string failure() const;
  // Host, port and database, without credentials.
  const std::string& name() const;

  // For the adapters of this folder.
  SessionPool& pool() { return *pool_; }

 private:
  explicit Database(std::unique_ptr<SessionPool> pool);
  std::unique_ptr<SessionPool> pool_;
};

}  // namespace signalbox::postgres
