// One connection to Redis that many threads share: commands wait in a queue, a thread of its own
// sends them together, and nobody else touches the socket.
#pragma once

#include <hiredis/hiredis.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "adapters/redis/redis_url.hpp"

namespace signalbox::redis {

// A reply, as far as it is used.
struct Reply {
  enum class Kind { kNothing, kNumber, kText, kError } kind = Kind::kNothing;
  int64_t number = 0;
  std::string text;
};

using Command = std::vector<std::string>;

// The circuit breaker is the connection itself: any failure closes it, at once, for everybody;
// behind the callers' backs the thread connects again and closes the circuit only after a PING was
// answered in time. The pause before that doubles with each failure in a row, up to a second.
//
// Threads: any. Destroying it takes at most a connection's time-out.
class RedisLink {
 public:
  static constexpr size_t kMaxQueuedBytes = 8 << 20;

  // on_change(up) is told from the link's thread.
  // timeout_ms: for a connection, and for a reply as its caller waits for it.
  RedisLink(RedisUrl url, int timeout_ms, std::function<void(bool up)> on_change);
  ~RedisLink();

  // The last command's reply; nullopt = not up, or no reply in time. The commands are
  // sent one behind the other, not atomically.
  std::optional<Reply> Ask(std::vector<Command> commands);
  // Sends without waiting for what comes of it; left out when not up or too much is queued.
  void Tell(std::vector<Command> commands);

  bool up() const { return up_.load(std::memory_order_acquire); }
  // Why it is not up; empty while it is.
  std::string failure() const;

 private:
  struct Waiter;
  struct Request {
    std::vector<Command> commands;
    size_t bytes;
    std::shared_ptr<Waiter> waiter;  // null = nobody waits
  };
  struct Closer {
    void operator()(redisContext* context) const { redisFree(context); }
  };
  using Connection = std::unique_ptr<redisContext, Closer>;

  bool Enqueue(std::vector<Command> commands, std::shared_ptr<Waiter> waiter);
  void Run();
  bool Connect();
  bool Greet(redisContext* context, const Command& command, const char* what);
  bool Serve(std::vector<Request>* requests);
  void GoDown(std::string why);

  const RedisUrl url_;
  const int timeout_ms_;
  const std::function<void(bool)> on_change_;
  Connection connection_;  // of the thread alone

  std::atomic<bool> up_{false};
  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  std::vector<Request> queue_;
  size_t queued_bytes_ = 0;
  std::string failure_ = "not connected yet";
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace signalbox::redis
