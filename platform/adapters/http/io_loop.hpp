// One I/O thread: an epoll set, its connections and their deadlines.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "adapters/http/mailbox.hpp"
#include "adapters/http/open_connections.hpp"
#include "adapters/http/route_metrics.hpp"
#include "ports/http.hpp"

namespace signalbox::adapters::http {

class HttpConnection;

// What all connections of a server share. Threads: any.
struct ServerParts {
  ServerParts(ports::HttpServerOptions given, std::shared_ptr<const ports::Router> routes,
              ports::Metrics& registry);

  const ports::HttpServerOptions options;
  const std::shared_ptr<const ports::Router> router;
  RouteMetrics metrics;
  OpenConnections open;
};

// Threads: Run is the thread; Adopt, Drain, GiveUp, End and connections() from any; what is under
// "for connections" from its own. Lifetime: parts outlive it; so does it its connections.
class IoLoop {
 public:
  // Throws std::system_error.
  IoLoop(ServerParts& parts, std::shared_ptr<WorkerPool> workers);
  ~IoLoop();
  IoLoop(const IoLoop&) = delete;
  IoLoop& operator=(const IoLoop&) = delete;

  // Calls `ready` from the loop's thread while connections wait at the listening socket. Before Run.
  void Listen(int socket, std::function<void()> ready);
  void Run();

  // Takes a connected socket that does not block. refused: it is only told that there is no room.
  void Adopt(int socket, bool refused);
  // No more connections from the listening socket; idle ones end now, others after their answer.
  void Drain();
  // Running requests are answered 503.
  void GiveUp();
  // Run returns and connections are closed.
  void End();
  size_t connections() const { return count_.load(std::memory_order_relaxed); }

  // For connections.
  static constexpr size_t kScratchBytes = 64 << 10;
  ServerParts& parts() { return parts_; }
  const std::shared_ptr<Mailbox>& mailbox() const { return mailbox_; }
  bool draining() const { return draining_; }
  // To read into; holds nothing between two calls of a connection.
  std::span<char> scratch() { return {scratch_.get(), kScratchBytes}; }
  // For a response's header, likewise.
  std::string& header() { return header_; }
  // GoOn is called in the next turn.
  void CallAgain(HttpConnection* connection) { again_.push_back(connection); }
  // OnDeadline is called at this time or a little later.
  void NoteDeadline(int64_t deadline_us) {
    if (deadline_us < next_sweep_us_) next_sweep_us_ = deadline_us;
  }
  // Closed: is destroyed after this turn.
  void Remove(HttpConnection* connection);

 private:
  void Add(int socket, bool refused);
  int WaitMs();
  void HandleEvents(int timeout_ms);
  void ReadMail();
  void GoOn();
  void Sweep();

  ServerParts& parts_;
  const std::shared_ptr<Mailbox> mailbox_;
  const int epoll_;
  int listener_ = -1;
  std::function<void()> accept_;
  std::vector<std::unique_ptr<HttpConnection>> connections_;
  std::atomic<size_t> count_{0};
  std::vector<std::unique_ptr<HttpConnection>> closed_;  // in this turn
  std::vector<HttpConnection*> again_, going_on_;
  std::vector<std::shared_ptr<Exchange>> answered_;
  std::vector<std::function<void()>> tasks_;
  int64_t next_sweep_us_;
  bool draining_ = false;
  bool ending_ = false;
  std::unique_ptr<char[]> scratch_;
  std::string header_;
};

}  // namespace signalbox::adapters::http
