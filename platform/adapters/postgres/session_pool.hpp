// A bounded set of sessions; each serves one call at a time, and none is used again after an error.
#pragma once

#include <Poco/Data/Session.h>
#include <libpq-fe.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "adapters/postgres/connection_url.hpp"
#include "adapters/postgres/database.hpp"
#include "adapters/postgres/errors.hpp"
#include "adapters/postgres/schema.hpp"

namespace signalbox::postgres {

// Threads: any. A watchdog thread cuts the connection of a call that takes too long, so that a
// server that is stuck costs a caller call_ms and not its thread.
class SessionPool {
 public:
  SessionPool(ConnectionUrl url, const DatabaseOptions& options);
  ~SessionPool();

  // A session for one call.
  class Use {
   public:
    Use(SessionPool* pool, Poco::Data::Session session, bool reused);
    Use(Use&&) noexcept;
    ~Use();
    Poco::Data::Session& session() { return *session_; }
    PGconn* connection() { return connection_; }
    bool reused() const { return reused_; }
    // The session is closed instead of kept; with `lost`, so are all that are idle.
    void Discard(const Error& why, bool lost);
    // From now on.
    void SetDeadline(int ms);

   private:
    SessionPool* pool_;
    std::optional<Poco::Data::Session> session_;
    PGconn* connection_;
    bool reused_;
    uint64_t watch_ = 0;
  };

  // An idle session that is still connected, or a new one.
  // Errors: kUnavailable; at once while a connection could not be made in the last half second.
  Result<Use> Borrow();

  // Runs body(session) on an up-to-date schema. Once more where a kept connection turned out dead.
  template <typename Body>
  auto Read(Schema& schema, Body body) -> decltype(body(std::declval<Poco::Data::Session&>())) {
    auto result = Call(schema, [&](Use& use) { return body(use.session()); });
    return result.first || !result.second ? std::move(result.first)
                                          : Call(schema, [&](Use& use) { return body(use.session()); }).first;
  }

  // Runs body(use), which only reads, on one view of the database. Once more as Read.
  template <typename Body>
  auto ReadSnapshot(Schema& schema, Body body) -> decltype(body(std::declval<Use&>())) {
    const auto snapshot = [&](Use& use) {
      Execute(use.connection(), "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
      auto result = body(use);
      Execute(use.connection(), result ? "COMMIT" : "ROLLBACK");
      return result;
    };
    auto result = Call(schema, snapshot);
    return result.first || !result.second ? std::move(result.first) : Call(schema, snapshot).first;
  }

  // Runs body(use) in a transaction that is rolled back unless the result is a value; once more
  // where a kept connection turned out dead before it began. After kUnavailable it is unknown
  // whether it was committed.
  template <typename Body>
  auto Write(Schema& schema, Body body) -> decltype(body(std::declval<Use&>())) {
    bool begun = false;
    const auto transaction = [&](Use& use) {
      Execute(use.connection(), "BEGIN");
      begun = true;
      auto result = body(use);
      Execute(use.connection(), result ? "COMMIT" : "ROLLBACK");
      return result;
    };
    auto result = Call(schema, transaction);
    return result.first || !result.second || begun ? std::move(result.first)
                                                   : Call(schema, transaction).first;
  }

  std::string failure() const;
  const std::string& name() const { return url_.name; }
  const DatabaseOptions& options() const { return options_; }

 private:
  using Time = std::chrono::steady_clock::time_point;

  // The result, and whether a kept connection was lost before it could serve.
  template <typename Body>
  auto Call(Schema& schema, Body body) -> std::pair<decltype(body(std::declval<Use&>())), bool> {
    auto use = Borrow();
    if (!use) return {Fail(use.error()), false};
    try {
      if (auto current = schema.Ensure(*use); !current) return {Fail(current.error()), false};
      return {body(*use), false};
    } catch (...) {
      const auto failure = FromException(name(), use->connection());
      use->Discard(failure.error, failure.connection_lost);
      return {Fail(failure.error), failure.connection_lost && use->reused()};
    }
  }

  Result<Use> Connect();
  void Return(Poco::Data::Session session);
  void Drop(const Error& why, bool lost);
  uint64_t Watch(int socket, int ms);
  void Unwatch(uint64_t watch);
  void CutLateCalls();

  const ConnectionUrl url_;
  const DatabaseOptions options_;

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable returned_;
  std::vector<Poco::Data::Session> idle_;
  size_t open_ = 0;  // idle, in use or being connected
  bool connecting_ = false;
  std::optional<Error> failed_;  // the last contact
  Time retry_at_{};

  std::mutex watch_mutex_;  // guards what follows
  std::condition_variable watch_changed_;
  std::map<uint64_t, std::pair<Time, int>> watched_;  // deadline and socket
  uint64_t next_watch_ = 1;
  bool stopping_ = false;
  std::thread watchdog_;
};

}  // namespace signalbox::postgres
