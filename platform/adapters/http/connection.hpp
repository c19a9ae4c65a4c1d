// One HTTP connection: reads requests, lets the router answer, writes responses.
#pragma once

#include <Poco/Net/TCPServerConnection.h>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <string>

#include "adapters/http/pending_answer.hpp"
#include "adapters/http/request_parser.hpp"
#include "adapters/http/response_writer.hpp"
#include "adapters/http/route_metrics.hpp"

namespace signalbox::adapters::http {

class HttpConnection;

// What all connections of a server share. Connections may outlive the server object for a
// moment, so they hold it by shared_ptr. Threads: any.
class ConnectionSet {
 public:
  ConnectionSet(ports::HttpServerOptions options, std::shared_ptr<const ports::Router> router,
                ports::Metrics& metrics);

  // False when max_connections are open already; the caller then answers 503.
  bool Enter(HttpConnection* connection);
  void Leave(HttpConnection* connection);

  // Ends idle connections now and the others after their answer; past the bound, running
  // requests are answered 503. Returns when all have left or a second bound has passed.
  void Drain(int seconds);
  bool draining() const { return draining_.load(); }

  const ports::HttpServerOptions& options() const { return options_; }
  const ports::Router& router() const { return *router_; }
  RouteMetrics& metrics() { return metrics_; }

 private:
  const ports::HttpServerOptions options_;
  const std::shared_ptr<const ports::Router> router_;
  RouteMetrics metrics_;
  ports::Gauge& open_gauge_;
  std::atomic<bool> draining_{false};
  std::mutex mutex_;
  std::condition_variable left_;
  std::set<HttpConnection*> open_;  // guarded by mutex_
};

// Bytes read and not yet parsed, in one piece.
class InputBuffer {
 public:
  static constexpr size_t kCapacity = 32 << 10;
  static_assert(kCapacity > kMaxHeaderBytes);

  std::string_view view() const { return {bytes_.get() + begin_, end_ - begin_}; }
  void Consume(size_t count) { begin_ += count; }
  // Where to read to; never empty, for the parser takes all but an unfinished header line or block.
  std::span<char> Room();
  void Filled(size_t count) { end_ += count; }

 private:
  std::unique_ptr<char[]> bytes_{new char[kCapacity]};
  size_t begin_ = 0;
  size_t end_ = 0;
};

// Runs on a thread of the server's pool for the connection's whole life.
class HttpConnection final : public Poco::Net::TCPServerConnection {
 public:
  HttpConnection(const Poco::Net::StreamSocket& socket, std::shared_ptr<ConnectionSet> set);

  // From Poco's thread.
  void run() override;

  // From another thread, while entered in the set: wakes it where it waits for a request.
  void WakeIfIdle();
  // From another thread, while entered in the set: answers the running request 503.
  void GiveUp();

 private:
  enum class Reading { kRequest, kRefused, kEnd };

  bool ServeOne();
  // Refused: *response says why; the connection must then be closed.
  Reading ReadRequest(ports::HttpResponse* response);
  // How long the request may take to come, from its first byte: less while its header lacks an end,
  // so that a few slow clients cannot hold every connection.
  int64_t ReadMicros() const;
  Reading OnReadEnd(bool timed_out, ports::HttpResponse* response) const;
  ports::HttpResponse Answer(size_t route, ports::HttpRequest request);
  std::string RouteName(size_t route) const;
  bool Write(const ports::HttpResponse& response, Framing framing, bool head_only);

  const std::shared_ptr<ConnectionSet> set_;
  const int socket_;
  RequestParser parser_;
  InputBuffer input_;
  std::string header_;  // the response's, kept for its memory
  std::atomic<bool> idle_{false};
  std::mutex pending_mutex_;
  std::shared_ptr<PendingAnswer> pending_;  // guarded by pending_mutex_
};

}  // namespace signalbox::adapters::http
