// The life of a connection.
#include "adapters/http/connection.hpp"

#include <Poco/Net/StreamSocketImpl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "adapters/http/response_writer.hpp"
#include "adapters/http/socket_io.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"

namespace signalbox::adapters::http {
namespace {

ports::HttpResponse ServerFault() {
  return ports::ErrorResponse(500, "internal", "the request failed on a defect of the server",
                              "See the server's log for the time of this answer.");
}

}  // namespace

ConnectionSet::ConnectionSet(ports::HttpServerOptions options, std::shared_ptr<const ports::Router> router,
                             ports::Metrics& metrics)
    : options_(std::move(options)),
      router_(std::move(router)),
      metrics_(*router_, metrics),
      open_gauge_(metrics.GetGauge("signalbox_http_connections", "Open connections.",
                                   {{"port", std::to_string(options_.port)}})) {}

bool ConnectionSet::Enter(HttpConnection* connection) {
  const std::lock_guard lock(mutex_);
  if (open_.size() >= options_.max_connections) return false;
  open_.insert(connection);
  open_gauge_.Set(static_cast<double>(open_.size()));
  return true;
}

void ConnectionSet::Leave(HttpConnection* connection) {
  const std::lock_guard lock(mutex_);
  open_.erase(connection);
  open_gauge_.Set(static_cast<double>(open_.size()));
  left_.notify_all();
}

void ConnectionSet::Drain(int seconds) {
  std::unique_lock lock(mutex_);
  draining_ = true;
  for (HttpConnection* connection : open_) connection->WakeIfIdle();
  const auto empty = [this] { return open_.empty(); };
  if (left_.wait_for(lock, std::chrono::seconds(seconds), empty)) return;
  LogWarn("requests still running at shutdown are given up",
          {{"connections", static_cast<int64_t>(open_.size())}});
  for (HttpConnection* connection : open_) connection->GiveUp();
  left_.wait_for(lock, std::chrono::seconds(2), empty);
}

std::span<char> InputBuffer::Room() {
  if (begin_ > 0) {
    std::memmove(bytes_.get(), bytes_.get() + begin_, end_ - begin_);
    end_ -= std::exchange(begin_, 0);
  }
  return {bytes_.get() + end_, kCapacity - end_};
}

HttpConnection::HttpConnection(const Poco::Net::StreamSocket& socket, std::shared_ptr<ConnectionSet> set)
    : TCPServerConnection(socket),
      set_(std::move(set)),
      socket_(socket.impl()->sockfd()),
      parser_(set_->options().max_body_bytes) {}

void HttpConnection::WakeIfIdle() {
  if (idle_) ::shutdown(socket_, SHUT_RD);
}

void HttpConnection::GiveUp() {
  const std::lock_guard lock(pending_mutex_);
  if (pending_) {
    pending_->Give(
        ports::ErrorResponse(503, "unavailable", "the server is shutting down", "Try another node."));
  }
  ::shutdown(socket_, SHUT_RD);
}

void HttpConnection::run() {
  if (!set_->Enter(this)) {
    set_->metrics().NoteUnread(503);
    Write(ports::ErrorResponse(
              503, "too_many_connections",
              "all " + std::to_string(set_->options().max_connections) + " connections are taken",
              "Reuse connections, or raise http.max_connections."),
          {.keep_alive = false}, false);
    return LingerAndClose(socket_);
  }
  try {
    socket().setNoDelay(true);
    SetReceiveTimeout(socket_, set_->options().keep_alive_seconds);
    while (ServeOne()) {
    }
  } catch (const std::exception& error) {
    LogError("a connection failed", {{"error", std::string(error.what())}});
  }
  set_->Leave(this);
}

bool HttpConnection::ServeOne() {
  ports::HttpResponse response;
  const Reading reading = ReadRequest(&response);
  if (reading == Reading::kEnd) return false;
  if (reading == Reading::kRefused) {
    set_->metrics().NoteUnread(response.status);
    if (Write(response, {.keep_alive = false}, parser_.is_head())) LingerAndClose(socket_);
    return false;
  }
  const int64_t start_us = MonotonicMicros();
  const bool head_only = parser_.is_head();
  const Framing asked{parser_.keep_alive(), parser_.is_http_1_0()};
  ports::HttpRequest request = parser_.TakeRequest();
  const std::string method = request.method;
  const size_t route = set_->router().RouteOf(method, request.path);
  response = Answer(route, std::move(request));
  const Framing framing{asked.keep_alive && !set_->draining(), asked.http_1_0};
  const bool written = Write(response, framing, head_only);
  set_->metrics().Note(route, method, response.status,
                       static_cast<double>(MonotonicMicros() - start_us) * 1e-6);
  if (written && !framing.keep_alive) LingerAndClose(socket_);
  return written && framing.keep_alive;
}

HttpConnection::Reading HttpConnection::ReadRequest(ports::HttpResponse* response) {
  parser_.Start();
  int64_t start_us = input_.view().empty() ? 0 : MonotonicMicros();  // 0 = nothing has come yet
  bool continued = false;
  for (;;) {
    input_.Consume(parser_.Feed(input_.view()));
    if (parser_.state() == RequestParser::State::kComplete) return Reading::kRequest;
    if (parser_.state() == RequestParser::State::kFailed) {
      *response = parser_.TakeFailure();
      return Reading::kRefused;
    }
    const int64_t deadline_us = start_us + ReadMicros();
    if (!continued && parser_.wants_continue()) {
      continued = true;
      if (WriteAll(socket_, "HTTP/1.1 100 Continue\r\n\r\n", {}, deadline_us) != IoState::kOk)
        return Reading::kEnd;
    }
    const std::span<char> room = input_.Room();
    ReadResult read;
    if (start_us == 0) {
      idle_ = true;
      if (set_->draining()) return Reading::kEnd;
      read = ReadIdle(socket_, room.data(), room.size());
      idle_ = false;
      if (read.state != IoState::kOk) return Reading::kEnd;
      start_us = MonotonicMicros();
    } else {
      read = ReadSome(socket_, room.data(), room.size(), deadline_us);
      if (read.state != IoState::kOk) return OnReadEnd(read.state == IoState::kTimedOut, response);
    }
    input_.Filled(read.bytes);
  }
}

int64_t HttpConnection::ReadMicros() const {
  const auto& options = set_->options();
  int seconds = options.request_timeout_seconds;
  if (!parser_.is_header_done()) seconds = std::min(seconds, options.header_timeout_seconds);
  return seconds * int64_t{1'000'000};
}

HttpConnection::Reading HttpConnection::OnReadEnd(bool timed_out, ports::HttpResponse* response) const {
  *response = timed_out
                  ? ports::ErrorResponse(408, "timeout", "the request did not come whole in time",
                                         "Send header and body without pauses.")
                  : ports::ErrorResponse(400, "invalid_argument", "the request ends before its body does",
                                         "Send as many bytes as Content-Length says.");
  return Reading::kRefused;
}

ports::HttpResponse HttpConnection::Answer(size_t route, ports::HttpRequest request) {
  auto pending = std::make_shared<PendingAnswer>();
  {
    const std::lock_guard lock(pending_mutex_);
    pending_ = pending;
  }
  try {
    set_->router().Dispatch(std::move(request), ports::Responder([pending](ports::HttpResponse response) {
                              pending->Give(std::move(response));
                            }));
  } catch (const std::exception& error) {
    LogError("a handler failed", {{"route", RouteName(route)}, {"error", std::string(error.what())}});
    pending->Give(ServerFault());
  } catch (...) {
    LogError("a handler failed",
             {{"route", RouteName(route)}, {"error", std::string("not a std::exception")}});
    pending->Give(ServerFault());
  }
  auto answer = pending->Wait(std::chrono::seconds(set_->options().request_timeout_seconds));
  {
    const std::lock_guard lock(pending_mutex_);
    pending_ = nullptr;
  }
  if (answer) return std::move(*answer);
  LogWarn("a request was not answered in time", {{"route", RouteName(route)}});
  return ports::ErrorResponse(503, "timeout", "the request was not answered in time",
                              "It may still take effect; try again with the same event_id.");
}

std::string HttpConnection::RouteName(size_t route) const {
  return route == set_->router().size() ? "none" : set_->router().pattern(route);
}

bool HttpConnection::Write(const ports::HttpResponse& response, Framing framing, bool head_only) {
  header_.clear();
  AppendHeader(response, framing, &header_);
  const bool with_body = !head_only && HasBody(response.status);
  const int64_t deadline_us =
      MonotonicMicros() + set_->options().request_timeout_seconds * int64_t{1'000'000};
  return WriteAll(socket_, header_, with_body ? std::string_view(response.body) : std::string_view(),
                  deadline_us) == IoState::kOk;
}

}  // namespace signalbox::adapters::http
