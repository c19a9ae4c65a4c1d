// Poco::Net::TCPServer around HttpConnection.
#include "adapters/http/poco_server.hpp"

#include <Poco/Net/NetException.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/SocketImpl.h>
#include <Poco/Net/TCPServer.h>
#include <Poco/Net/TCPServerConnectionFactory.h>
#include <Poco/ThreadPool.h>
#include <sys/socket.h>

#include "adapters/http/connection.hpp"

namespace signalbox::adapters::http {
namespace {

constexpr int kDrainSeconds = 10;
constexpr int kBacklog = 1024;
// Threads above max_connections, which tell further clients that there is no room.
constexpr int kRefusingThreads = 16;
constexpr int kQueued = 256;

class Factory final : public Poco::Net::TCPServerConnectionFactory {
 public:
  explicit Factory(std::shared_ptr<ConnectionSet> set) : set_(std::move(set)) {}
  Poco::Net::TCPServerConnection* createConnection(const Poco::Net::StreamSocket& socket) override {
    return new HttpConnection(socket, set_);
  }

 private:
  const std::shared_ptr<ConnectionSet> set_;
};

Poco::Net::TCPServerParams::Ptr Params(int threads) {
  Poco::Net::TCPServerParams::Ptr params(new Poco::Net::TCPServerParams);
  params->setMaxThreads(threads);
  params->setMaxQueued(kQueued);
  return params;
}

class PocoServer final : public ports::HttpServer {
 public:
  PocoServer(const Poco::Net::ServerSocket& socket, std::shared_ptr<ConnectionSet> set)
      : set_(std::move(set)),
        socket_(socket),
        port_(socket.address().port()),
        threads_(static_cast<int>(set_->options().max_connections) + kRefusingThreads),
        pool_("http", 2, threads_),
        server_(new Factory(set_), pool_, socket, Params(threads_)) {
    server_.start();
  }
  ~PocoServer() override { Stop(); }

  uint16_t port() const override { return port_; }

  void Stop() override {
    const std::lock_guard lock(stop_mutex_);
    if (stopped_) return;
    stopped_ = true;
    // Poco's thread looks every 250 ms whether it shall stop; this wakes it.
    ::shutdown(socket_.impl()->sockfd(), SHUT_RDWR);
    server_.stop();
    socket_.close();
    set_->Drain(kDrainSeconds);
  }

 private:
  const std::shared_ptr<ConnectionSet> set_;
  Poco::Net::ServerSocket socket_;
  const uint16_t port_;
  const int threads_;
  Poco::ThreadPool pool_;
  Poco::Net::TCPServer server_;
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

Result<std::unique_ptr<ports::HttpServer>> StartPocoServer(ports::HttpServerOptions options,
                                                           std::shared_ptr<const ports::Router> router,
                                                           ports::Metrics& metrics) {
  Poco::Net::ServerSocket socket;
  try {
    const Poco::Net::SocketAddress address(options.host, options.port);
    // Reusing the address is for quick restarts; sharing the port with another process is not wanted.
    socket.bind(address, true, false);
    socket.listen(kBacklog);
    auto set = std::make_shared<ConnectionSet>(options, std::move(router), metrics);
    return std::make_unique<PocoServer>(socket, std::move(set));
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
