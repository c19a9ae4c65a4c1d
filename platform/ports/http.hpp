// Port: HTTP as handlers see it. The adapter owns sockets, limits and parsing.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace signalbox::ports {

// A parsed request. Owned by the handler it is given to.
struct HttpRequest {
  std::string method;  // upper case
  std::string path;    // as sent, still percent-encoded (the adapter has checked it), without the query
  std::vector<std::pair<std::string, std::string>> query;    // percent-decoded, in order; names may repeat
  std::vector<std::pair<std::string, std::string>> headers;  // as sent
  std::vector<std::pair<std::string, std::string>> params;  // of the route, percent-decoded: {"id", "tent-1"}
  std::string body{};
  std::string client{};  // the address that the connection comes from, without its port; empty = not known

  // The first value; nullptr = absent. Header names compare without case.
  const std::string* Query(std::string_view name) const;
  const std::string* Header(std::string_view name) const;
  const std::string* Param(std::string_view name) const;
};

struct HttpResponse {
  int status = 200;
  std::string body{};
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers{};
};

// The status of an error code, and the body {"error":{"code","message","field"?,"hint"?}}.
// kResourceExhausted and kUnavailable carry Retry-After.
int HttpStatus(Code code);
HttpResponse ErrorResponse(const Error& error);
// With a code and status of its own, e.g. 404 "role_not_here".
HttpResponse ErrorResponse(int status, std::string_view code, std::string_view message,
                           std::string_view hint = {});
// Appends text as a JSON string, quotes included; bytes that are not UTF-8 become U+FFFD.
void AppendJsonText(std::string_view text, std::string* out);

// Appends the text with %XX decoded; '+' is a space where `plus_is_space` (queries).
// False for a bad escape or %00; *out is then unspecified.
bool PercentDecode(std::string_view text, bool plus_is_space, std::string* out);
// Appends the text as a path segment or query value: all but unreserved characters become %XX.
void PercentEncode(std::string_view text, std::string* out);
// ASCII letters compare without case.
bool EqualsIgnoreCase(std::string_view a, std::string_view b);

// Where a responder's answer goes: an adapter's own end of one request.
class AnswerSink {
 public:
  virtual ~AnswerSink() = default;
  // From any thread, once.
  virtual void Send(HttpResponse response) = 0;
  // Runs the work where it may block, later and on another thread. False = there is no room, and
  // the work is dropped.
  virtual bool RunBlocking(std::function<void()> work) {
    work();
    return true;
  }
};

// Answers one request, once, from any thread, now or later. Movable only. One that is destroyed
// without an answer answers 500, so no connection is left waiting.
class Responder {
 public:
  Responder() = default;
  explicit Responder(std::shared_ptr<AnswerSink> sink) : sink_(std::move(sink)) {}
  // Where nothing but the answer is of interest.
  explicit Responder(std::function<void(HttpResponse)> send);
  Responder(Responder&& other) noexcept = default;
  Responder& operator=(Responder&& other) noexcept;
  ~Responder();

  // Requires: not answered yet.
  void operator()(HttpResponse response);

  // For an inline handler that finds that it has to wait: goes on with the request where waiting
  // holds up no connection. False = there is no room: the work is dropped and the responder kept,
  // for Overloaded() or for an answer without waiting.
  // Requires: not answered yet.
  [[nodiscard]] bool GoOnBlocking(std::function<void(Responder)> work);

 private:
  std::shared_ptr<AnswerSink> sink_;
};

// The answer where the server has no room for a request's work.
HttpResponse Overloaded();

// May throw: the adapter answers 500 and logs.
using HttpHandler = std::function<void(HttpRequest, Responder)>;

// Where a handler runs.
enum class Execution {
  // On the thread that serves its connection and many others: for handlers that never wait (no
  // file, no database, no lock that is held long) and whose work is short for a short body. The
  // answer may still come later, from anywhere.
  kInline,
  // On one of a bounded number of threads; where too many requests wait for one, 503.
  kBlocking,
};

// Looks at a request before its route's handler does; an answer ends it there.
using HttpGate = std::function<std::optional<HttpResponse>(const HttpRequest& request)>;

// Routes by method and path pattern; "{name}" matches one non-empty segment, which may hold an
// encoded slash. Of two patterns that match, the one added first answers.
//
// Threads: build it first, then Dispatch from any thread.
class Router {
 public:
  void Add(std::string method, std::string pattern, HttpHandler handler,
           Execution execution = Execution::kBlocking);
  // For every route. waits: it may block, and then so do all routes.
  void SetGate(HttpGate gate, bool waits);
  // 404 "no_such_route" or 405 with Allow where nothing matches; HEAD is answered as GET.
  void Dispatch(HttpRequest request, Responder responder) const;
  // The same with the route looked up already.
  // Requires: route == RouteOf(request.method, request.path).
  void Dispatch(size_t route, HttpRequest request, Responder responder) const;
  // The pattern that a request matches, for metrics' labels; "" = none.
  std::string_view PatternOf(std::string_view method, std::string_view path) const;

  // The same as a number in the order of Add, for what is kept per route; size() = none.
  size_t RouteOf(std::string_view method, std::string_view path) const;
  size_t size() const { return routes_.size(); }
  // Requires: route < size().
  const std::string& pattern(size_t route) const { return routes_[route].pattern; }
  // kInline where there is no route: the refusal costs nothing.
  Execution execution(size_t route) const {
    if (route >= size()) return Execution::kInline;
    return gate_waits_ ? Execution::kBlocking : routes_[route].execution;
  }

 private:
  struct Route {
    std::string method;
    std::string pattern;
    std::vector<std::string> segments;
    HttpHandler handler;
    Execution execution;
  };
  const Route* Find(std::string_view method, std::string_view path, std::string* allow) const;

  std::vector<Route> routes_;
  HttpGate gate_;  // empty = every request passes
  bool gate_waits_ = false;
};

struct HttpServerOptions {
  std::string host = "127.0.0.1";
  uint16_t port = 0;                 // 0 = any free one; see HttpServer::port
  std::string config_key{};          // names the port in errors, e.g. "http.ingest_port"
  size_t max_connections = 4096;     // more are answered 503 and closed
  size_t max_body_bytes = 10 << 20;  // more is 413
  int keep_alive_seconds = 30;
  int header_timeout_seconds = 5;    // from a header's first byte to its end
  int request_timeout_seconds = 30;  // to read a request, for its answer, and to send that
  int drain_seconds = 10;            // for running requests when stopping
  int io_threads = 0;                // that serve connections; 0 = the machine's cores, at least 2
  int blocking_threads = 16;         // for Execution::kBlocking, started as needed
  size_t blocking_queue = 256;       // requests that wait for one of those; more are answered 503
};

// A listening server. Threads: any. Stop: no new connections, running requests end (bounded), then returns.
class HttpServer {
 public:
  virtual ~HttpServer() = default;
  virtual uint16_t port() const = 0;
  virtual void Stop() = 0;
};

}  // namespace signalbox::ports
