// Listening, sharing connections out to the I/O threads, and stopping them in order.
#include "adapters/http/http_server.hpp"

#include <Poco/Net/NetException.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/SocketImpl.h>
#include <Poco/Thread.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "adapters/http/connection.hpp"
#include "adapters/http/io_loop.hpp"
#include "base/log.hpp"

namespace signalbox::adapters::http {
namespace {

constexpr int kGivenUpSeconds = 2;
constexpr int kBacklog = 1024;
constexpr int kAcceptedATurn = 64;
// Connections above max_connections that are still told so; further ones are closed without a word.
constexpr size_t kRefusals = 64;
// Files that the process needs beside a server's connections, about.
constexpr rlim_t kOtherFiles = 1024;

size_t IoThreads(int wanted) {
  if (wanted > 0) return static_cast<size_t>(wanted);
  return std::max<size_t>(std::thread::hardware_concurrency(), 2);
}

// A server's share in this process's limit of open files, which is raised to the sum of all as far
// as the machine's administrator allows. Threads: any.
class FileAllowance {
 public:
  explicit FileAllowance(size_t connections) : files_(connections) {
    const rlim_t needed = kOtherFiles + (total_ += files_);
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= needed) return;
    limit.rlim_cur = std::min(needed, limit.rlim_max);
    if (::setrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur == needed) return;
    LogWarn("the limit of open files is below what http.max_connections may need",
            {{"limit", static_cast<int64_t>(limit.rlim_max)}, {"needed", static_cast<int64_t>(needed)}});
  }
  ~FileAllowance() { total_ -= files_; }
  FileAllowance(const FileAllowance&) = delete;
  FileAllowance& operator=(const FileAllowance&) = delete;

 private:
  static inline std::atomic<rlim_t> total_{0};
  const rlim_t files_;
};

// Takes connections from the listening socket. Threads: the I/O thread that listens.
class Acceptor {
 public:
  explicit Acceptor(int listener) : listener_(listener), spare_(::open("/dev/null", O_RDONLY | O_CLOEXEC)) {}
  ~Acceptor() { ::close(spare_); }
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;

  // Negative = none waits.
  int Accept() {
    for (;;) {
      const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (socket >= 0 || (errno != EINTR && errno != ECONNABORTED && errno != EMFILE && errno != ENFILE)) {
        return socket;
      }
      if ((errno == EMFILE || errno == ENFILE) && !TurnAway()) return -1;
    }
  }

 private:
  // Without a free file a connection could not even be refused and would be reported for ever.
  bool TurnAway() {
    ::close(spare_);
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket >= 0) ::close(socket);
    spare_ = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    return socket >= 0 && spare_ >= 0;
  }

  const int listener_;
  int spare_;
};

class EventServer final : public ports::HttpServer {
 public:
  EventServer(const Poco::Net::ServerSocket& socket, ports::HttpServerOptions options,
              std::shared_ptr<const ports::Router> router, ports::Metrics& metrics)
      : parts_(std::move(options), std::move(router), metrics),
        workers_(std::make_shared<WorkerPool>(static_cast<size_t>(parts_.options.blocking_threads),
                                              parts_.options.blocking_queue)),
        socket_(socket),
        port_(socket_.address().port()),
        acceptor_(socket_.impl()->sockfd()),
        files_(parts_.options.max_connections) {
    for (size_t i = 0; i < IoThreads(parts_.options.io_threads); ++i) {
      loops_.push_back(std::make_unique<IoLoop>(parts_, workers_));
    }
    loops_[0]->Listen(socket_.impl()->sockfd(), [this] { AcceptWaiting(); });
  }
  ~EventServer() override { Stop(); }

  // Throws Poco's exceptions where there is no thread to be had.
  void Start() {
    for (const auto& loop : loops_) {
      auto& thread = threads_.emplace_back(std::make_unique<Poco::Thread>("http-io"));
      thread->startFunc([&loop = *loop] { loop.Run(); });
    }
  }

  uint16_t port() const override { return port_; }

  void Stop() override {
    const std::lock_guard lock(stop_mutex_);
    if (std::exchange(stopped_, true)) return;
    // From here on the kernel refuses connections.
    ::shutdown(socket_.impl()->sockfd(), SHUT_RDWR);
    for (const auto& loop : loops_) loop->Drain();
    if (!parts_.open.WaitForNone(parts_.options.drain_seconds)) {
      LogWarn("requests still running at shutdown are given up",
              {{"connections", static_cast<int64_t>(parts_.open.count())}});
      for (const auto& loop : loops_) loop->GiveUp();
      parts_.open.WaitForNone(kGivenUpSeconds);
    }
    // The one that listens ends first, so that no other is handed a connection after its end.
    for (size_t i = 0; i < threads_.size(); ++i) {
      loops_[i]->End();
      threads_[i]->join();
    }
    socket_.close();
    workers_->Close();
  }

 private:
  void AcceptWaiting() {
    for (int i = 0; i < kAcceptedATurn; ++i) {
      const int socket = acceptor_.Accept();
      if (socket < 0) return;
      const size_t open = parts_.open.count(), limit = parts_.options.max_connections;
      if (open >= limit + kRefusals) {
        parts_.metrics.NoteUnread(503);
        ::close(socket);
        continue;
      }
      const auto least = std::min_element(loops_.begin(), loops_.end(), [](const auto& a, const auto& b) {
        return a->connections() < b->connections();
      });
      (*least)->Adopt(socket, open >= limit);
    }
  }

  ServerParts parts_;
  const std::shared_ptr<WorkerPool> workers_;
  Poco::Net::ServerSocket socket_;
  const uint16_t port_;
  Acceptor acceptor_;
  const FileAllowance files_;
  std::vector<std::unique_ptr<IoLoop>> loops_;
  std::vector<std::unique_ptr<Poco::Thread>> threads_;
  std::mutex stop_mutex_;
  bool stopped_ = false;  // guarded by stop_mutex_
};

Error CannotListen(const ports::HttpServerOptions& options, const std::string& why) {
  const std::string key = options.config_key.empty() ? std::string("the port") : options.config_key;
  return Error(Code::kUnavailable,
               "cannot listen on " + options.host + ":" + std::to_string(options.port) + ": " + why)
      .WithField(options.config_key)
      .WithHint("Stop what uses it (ss -ltnp shows it), or set " + key + " to another port.");
}

}  // namespace

Result<std::unique_ptr<ports::HttpServer>> StartHttpServer(ports::HttpServerOptions options,
                                                           std::shared_ptr<const ports::Router> router,
                                                           ports::Metrics& metrics) {
  Poco::Net::ServerSocket socket;
  try {
    const Poco::Net::SocketAddress address(options.host, options.port);
    // Reusing the address is for quick restarts; sharing the port with another process is not wanted.
    socket.bind(address, true, false);
    socket.listen(kBacklog);
    socket.setBlocking(false);
    socket.setNoDelay(true);  // accepted ones take it over
    auto server = std::make_unique<EventServer>(socket, options, std::move(router), metrics);
    server->Start();
    return std::unique_ptr<ports::HttpServer>(std::move(server));
  } catch (const Poco::Net::HostNotFoundException& error) {
    return Fail(Error(Code::kInvalidArgument, options.host + " is not an address of this machine")
                    .WithHint("Use 127.0.0.1 or 0.0.0.0."));
  } catch (const Poco::Exception& error) {
    return Fail(CannotListen(options, error.displayText()));
  } catch (const std::exception& error) {
    return Fail(CannotListen(options, error.what()));
  }
}

}  // namespace signalbox::adapters::http
