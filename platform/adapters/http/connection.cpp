// The life of a connection.
#include "adapters/http/connection.hpp"

#include <netdb.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <exception>
#include <span>
#include <utility>

#include "base/clock.hpp"
#include "base/log.hpp"

namespace signalbox::adapters::http {
namespace {

// Reads and requests of one connection in one turn of the loop; then the others have theirs.
constexpr int kTurns = 16;
constexpr int64_t kLingerMicros = 500'000;
constexpr size_t kLingerBytes = 4 << 20;
// What an idle connection may keep of a buffer.
constexpr size_t kKeptBytes = 1 << 10;
constexpr int64_t kMicros = 1'000'000;

ports::HttpResponse ServerFault() {
  return ports::ErrorResponse(500, "internal", "the request failed on a defect of the server",
                              "See the server's log for the time of this answer.");
}

ports::HttpResponse ShuttingDown() {
  return ports::ErrorResponse(503, "unavailable", "the server is shutting down", "Try another node.");
}

std::string NameOf(const ports::Router& router, size_t route) {
  return route == router.size() ? "none" : router.pattern(route);
}

void Handle(const ports::Router& router, size_t route, ports::HttpRequest request,
            const std::shared_ptr<Exchange>& exchange) {
  std::string what = "not a std::exception";
  try {
    return router.Dispatch(route, std::move(request), ports::Responder(exchange));
  } catch (const std::exception& error) {
    what = error.what();
  } catch (...) {
  }
  LogError("a handler failed", {{"route", NameOf(router, route)}, {"error", what}});
  exchange->Send(ServerFault());
}

// What of both texts is left after `sent` bytes, in one system call. Negative: as errno says.
ssize_t SendRest(int socket, std::string_view header, std::string_view body, size_t sent) {
  const size_t of_header = std::min(sent, header.size());
  header.remove_prefix(of_header);
  body.remove_prefix(sent - of_header);
  std::array<iovec, 2> parts{
      {{const_cast<char*>(header.data()), header.size()}, {const_cast<char*>(body.data()), body.size()}}};
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = parts.size();
  ssize_t count;
  do {
    count = ::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (count < 0 && errno == EINTR);
  return count;
}

ssize_t Receive(int socket, std::span<char> room) {
  ssize_t count;
  do {
    count = ::recv(socket, room.data(), room.size(), MSG_DONTWAIT);
  } while (count < 0 && errno == EINTR);
  return count;
}

std::string PeerOf(int socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  std::array<char, NI_MAXHOST> text{};
  if (::getpeername(socket, generic, &size) != 0) return {};
  if (::getnameinfo(generic, size, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) != 0) return {};
  return text.data();
}

bool IsForLater(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

void Release(std::string* text) { std::string().swap(*text); }

}  // namespace

HttpConnection::HttpConnection(int socket, IoLoop& loop, size_t place)
    : loop_(loop),
      socket_(socket),
      place_(place),
      client_(PeerOf(socket)),
      parser_(loop.parts().options.max_body_bytes) {
  SetDeadline(MonotonicMicros() + options().keep_alive_seconds * kMicros);
}

HttpConnection::~HttpConnection() = default;

void HttpConnection::OnEvents(uint32_t events) {
  if (stage_ == Stage::kClosed) return;
  // Broken, or ended by both sides: nobody is left to read an answer.
  if ((events & (EPOLLERR | EPOLLHUP)) != 0) return Close();
  if ((events & EPOLLRDHUP) != 0) peer_ended_ = true;
  if ((events & (EPOLLIN | EPOLLRDHUP)) != 0) readable_ = true;
  if (stage_ == Stage::kWriting && (events & EPOLLOUT) != 0) Flush();
  Advance();
}

void HttpConnection::GoOn() { Advance(); }

void HttpConnection::OnAnswer(Exchange& exchange) {
  Answer(std::move(exchange.response()));  // the mailbox keeps the exchange until then
  Advance();
}

void HttpConnection::OnDeadline() {
  switch (stage_) {
    case Stage::kIdle:
    case Stage::kLingering:
      return Close();
    case Stage::kReading:
      Reject(ports::ErrorResponse(408, "timeout", "the request did not come whole in time",
                                  "Send header and body without pauses."));
      break;
    case Stage::kAnswering:
      LogWarn("a request was not answered in time", {{"route", NameOf(*loop_.parts().router, route_)}});
      Answer(ports::ErrorResponse(503, "timeout", "the request was not answered in time",
                                  "It may still take effect; try again with the same event_id."));
      break;
    case Stage::kWriting: {
      // Reset, so that the kernel does not keep what was never read either.
      const linger none{1, 0};
      ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &none, sizeof none);
      return Close();
    }
    case Stage::kClosed:
      return;
  }
  Advance();
}

void HttpConnection::Refuse() {
  Reject(ports::ErrorResponse(503, "too_many_connections",
                              "all " + std::to_string(options().max_connections) + " connections are taken",
                              "Reuse connections, or raise http.max_connections."));
  Advance();
}

void HttpConnection::Drain() {
  if (stage_ != Stage::kIdle) return;
  // A request that has come before the server stopped is still answered.
  readable_ = true;
  Advance();
  if (stage_ == Stage::kIdle) Close();
}

void HttpConnection::GiveUp() {
  if (stage_ == Stage::kAnswering) {
    Answer(ShuttingDown());
  } else if (stage_ == Stage::kReading) {
    Reject(ShuttingDown());
  } else {
    return Close();
  }
  Advance();
}

void HttpConnection::Close() {
  if (std::exchange(stage_, Stage::kClosed) == Stage::kClosed) return;
  if (exchange_) exchange_->Abandon();
  ::close(socket_);
  loop_.Remove(this);
}

void HttpConnection::Advance() {
  for (int turn = 0; stage_ == Stage::kIdle || stage_ == Stage::kReading; ++turn) {
    if (turn == kTurns) return loop_.CallAgain(this);
    if (unfed_) {
      FeedRest();
    } else if (!ReadMore()) {
      break;
    }
    OnProgress();
  }
  if (stage_ == Stage::kLingering) ThrowAway();
}

bool HttpConnection::ReadMore() {
  if (!readable_) return false;
  const std::span<char> room = loop_.scratch();
  const ssize_t count = Receive(socket_, room);
  if (count < 0 && IsForLater(errno)) {
    readable_ = false;
    return false;
  }
  if (count < 0 || (count == 0 && stage_ == Stage::kIdle)) {
    Close();
    return false;
  }
  if (count == 0) {
    Reject(ports::ErrorResponse(400, "invalid_argument", "the request ends before its body does",
                                "Send as many bytes as Content-Length says."));
    return false;
  }
  const auto bytes = static_cast<size_t>(count);
  // A short read has emptied the socket; its end, where it has come already, is told only once.
  if (bytes < room.size() && !peer_ended_) readable_ = false;
  stage_ = Stage::kReading;
  Feed({room.data(), bytes});
  return true;
}

void HttpConnection::Feed(std::string_view bytes) {
  if (rest_.empty()) {
    rest_.assign(bytes.substr(parser_.Feed(bytes)));
  } else {
    rest_.erase(0, std::exchange(rest_at_, 0));
    rest_.append(bytes);
    FeedRest();
  }
}

void HttpConnection::FeedRest() {
  unfed_ = false;
  rest_at_ += parser_.Feed(std::string_view(rest_).substr(rest_at_));
  if (rest_at_ < rest_.size()) return;
  rest_at_ = 0;
  rest_.clear();
  if (rest_.capacity() > kKeptBytes) Release(&rest_);
}

void HttpConnection::OnProgress() {
  if (parser_.state() == RequestParser::State::kComplete) return Dispatch();
  if (parser_.state() == RequestParser::State::kFailed) return Reject(parser_.TakeFailure());
  if (start_us_ == 0) start_us_ = MonotonicMicros();
  // Less while the header lacks its end, so that slow clients cannot hold connections for long.
  int seconds = options().request_timeout_seconds;
  if (!parser_.is_header_done()) seconds = std::min(seconds, options().header_timeout_seconds);
  SetDeadline(start_us_ + seconds * kMicros);
  if (!told_to_go_on_ && parser_.wants_continue()) {
    told_to_go_on_ = true;
    constexpr std::string_view kGoOn = "HTTP/1.1 100 Continue\r\n\r\n";
    // Answers before it are written, so that these bytes fit unless the client reads nothing.
    if (SendRest(socket_, kGoOn, {}, 0) != static_cast<ssize_t>(kGoOn.size())) Close();
  }
}

void HttpConnection::Dispatch() {
  start_us_ = MonotonicMicros();
  head_only_ = parser_.is_head();
  framing_ = {parser_.keep_alive(), parser_.is_http_1_0()};
  ports::HttpRequest request = parser_.TakeRequest();
  request.client = client_;
  const ports::Router& router = *loop_.parts().router;
  method_ = request.method;
  route_ = router.RouteOf(method_, request.path);
  exchange_ = std::make_shared<Exchange>(loop_.mailbox(), this);
  stage_ = Stage::kAnswering;
  SetDeadline(start_us_ + options().request_timeout_seconds * kMicros);
  if (router.execution(route_) == ports::Execution::kInline && request.body.size() <= kInlineBodyBytes) {
    exchange_->BeginInline();
    Handle(router, route_, std::move(request), exchange_);
    if (exchange_->EndInline()) Answer(std::move(exchange_->response()));
    return;
  }
  // A function is copyable; what is large in it is shared.
  auto held = std::make_shared<ports::HttpRequest>(std::move(request));
  const bool taken = loop_.mailbox()->workers().Run(
      [routes = loop_.parts().router, route = route_, held = std::move(held), exchange = exchange_] {
        Handle(*routes, route, std::move(*held), exchange);
      });
  if (!taken) Answer(ports::Overloaded());
}

void HttpConnection::Reject(const ports::HttpResponse& response) {
  loop_.parts().metrics.NoteUnread(response.status);
  head_only_ = parser_.is_head();
  framing_ = {.keep_alive = false};
  Write(response);
}

void HttpConnection::Answer(ports::HttpResponse response) {
  exchange_->Abandon();
  exchange_ = nullptr;
  if (loop_.draining()) framing_.keep_alive = false;
  // Before it is sent: who has an answer finds it counted.
  loop_.parts().metrics.Note(route_, method_, response.status,
                             static_cast<double>(MonotonicMicros() - start_us_) * 1e-6);
  Write(std::move(response));
}

void HttpConnection::Write(ports::HttpResponse response) {
  std::string& header = loop_.header();
  header.clear();
  AppendHeader(response, framing_, &header);
  if (head_only_ || !HasBody(response.status)) response.body.clear();
  const ssize_t count = SendRest(socket_, header, response.body, 0);
  if (count < 0 && !IsForLater(errno)) return Close();
  sent_ = count < 0 ? 0 : static_cast<size_t>(count);
  if (sent_ == header.size() + response.body.size()) return Written();
  unsent_header_ = header;
  unsent_body_ = std::move(response.body);
  stage_ = Stage::kWriting;
  SetDeadline(MonotonicMicros() + options().request_timeout_seconds * kMicros);
  Flush();
}

void HttpConnection::Flush() {
  const size_t whole = unsent_header_.size() + unsent_body_.size();
  while (sent_ < whole) {
    const ssize_t count = SendRest(socket_, unsent_header_, unsent_body_, sent_);
    if (count < 0 && IsForLater(errno)) return;
    if (count < 0) return Close();
    sent_ += static_cast<size_t>(count);
  }
  Release(&unsent_header_);
  Release(&unsent_body_);
  Written();
}

void HttpConnection::Written() {
  const int64_t now_us = MonotonicMicros();
  if (!framing_.keep_alive || loop_.draining()) return Linger(now_us);
  parser_.Start();
  told_to_go_on_ = false;
  start_us_ = 0;
  unfed_ = !rest_.empty();
  stage_ = unfed_ ? Stage::kReading : Stage::kIdle;
  SetDeadline(now_us + options().keep_alive_seconds * kMicros);
}

// Closing at once would reset the connection where the client still sends, and could destroy the
// answer on its way.
void HttpConnection::Linger(int64_t now_us) {
  ::shutdown(socket_, SHUT_WR);
  stage_ = Stage::kLingering;
  readable_ = true;
  SetDeadline(now_us + kLingerMicros);
}

void HttpConnection::ThrowAway() {
  for (int turn = 0; readable_; ++turn) {
    if (turn == kTurns) return loop_.CallAgain(this);
    const ssize_t count = Receive(socket_, loop_.scratch());
    if (count < 0 && IsForLater(errno)) {
      readable_ = false;
      return;
    }
    wasted_ += static_cast<size_t>(std::max<ssize_t>(count, 0));
    if (count <= 0 || wasted_ > kLingerBytes) return Close();
  }
}

void HttpConnection::SetDeadline(int64_t deadline_us) {
  deadline_us_ = deadline_us;
  loop_.NoteDeadline(deadline_us);
}

}  // namespace signalbox::adapters::http
