// One HTTP connection: reads requests, lets the router answer, writes responses.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "adapters/http/exchange.hpp"
#include "adapters/http/io_loop.hpp"
#include "adapters/http/request_parser.hpp"
#include "adapters/http/response_writer.hpp"

namespace signalbox::adapters::http {

// Bodies above this size are worked on by the worker threads even where the route is inline, so
// that no request holds up the connections beside it for longer than a short one takes.
inline constexpr size_t kInlineBodyBytes = 64 << 10;

// One request at a time: what a client sends ahead stays in the kernel, or in one buffer's length
// here, until the answer before it is written.
//
// Threads: all from its loop's. Lifetime: owned by the loop; Close asks the loop to destroy it.
class HttpConnection {
 public:
  // Takes the socket, which does not block. place: where the loop keeps it.
  HttpConnection(int socket, IoLoop& loop, size_t place);
  ~HttpConnection();
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  size_t place() const { return place_; }
  void set_place(size_t place) { place_ = place; }
  int64_t deadline_us() const { return deadline_us_; }

  // events: epoll's, edge-triggered.
  void OnEvents(uint32_t events);
  // After IoLoop::CallAgain.
  void GoOn();
  void OnAnswer(Exchange& exchange);
  void OnDeadline();

  // Says that all connections are taken, and closes.
  void Refuse();
  // Ends now where no request is under way, else after its answer.
  void Drain();
  // Answers what is under way with 503.
  void GiveUp();
  // At once. Afterwards only the destructor may be called, and GoOn, which does nothing then.
  void Close();

 private:
  enum class Stage {
    kIdle,       // nothing of a request has come
    kReading,    // a part of it has
    kAnswering,  // its responder is held
    kWriting,    // the answer is not wholly taken by the kernel
    kLingering,  // the last answer is written; what still comes is thrown away
    kClosed,
  };

  // Reads, serves and throws away until only an event can bring more.
  void Advance();
  // False = the socket gives nothing, or the connection is ending.
  bool ReadMore();
  void Feed(std::string_view bytes);
  void FeedRest();
  // After the parser was fed.
  void OnProgress();
  void Dispatch();
  // Answers what could not be read, and closes.
  void Reject(const ports::HttpResponse& response);
  void Answer(ports::HttpResponse response);
  void Write(ports::HttpResponse response);
  void Flush();
  void Written();
  void Linger(int64_t now_us);
  void ThrowAway();
  void SetDeadline(int64_t deadline_us);
  const ports::HttpServerOptions& options() const { return loop_.parts().options; }

  IoLoop& loop_;
  const int socket_;
  size_t place_;
  Stage stage_ = Stage::kIdle;
  bool readable_ = false;    // the socket may have bytes, or its end
  bool peer_ended_ = false;  // the end is among what is to be read
  bool told_to_go_on_ = false;
  int64_t deadline_us_ = 0;
  int64_t start_us_ = 0;      // when the request began to come, then when it was whole; 0 = not yet
  const std::string client_;  // its address
  RequestParser parser_;
  std::string rest_;    // read and not taken by the parser
  size_t rest_at_ = 0;  // where it begins
  bool unfed_ = false;  // the parser has not seen `rest_`
  // Of the request under way.
  std::shared_ptr<Exchange> exchange_;
  size_t route_ = 0;
  std::string method_;
  Framing framing_;
  bool head_only_ = false;
  // Of an answer that the kernel has not taken whole.
  std::string unsent_header_, unsent_body_;
  size_t sent_ = 0;    // of both together
  size_t wasted_ = 0;  // thrown away while lingering
};

}  // namespace signalbox::adapters::http
