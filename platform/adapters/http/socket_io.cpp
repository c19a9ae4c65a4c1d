// System calls behind socket_io.hpp.
#include "adapters/http/socket_io.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/clock.hpp"

namespace signalbox::adapters::http {
namespace {

constexpr int64_t kLingerMicros = 500'000;
constexpr size_t kLingerBytes = 4 << 20;

// False when the deadline passed first.
bool WaitFor(int socket, short events, int64_t deadline_us) {
  for (;;) {
    const int64_t left_us = deadline_us - MonotonicMicros();
    if (left_us <= 0) return false;
    pollfd wanted{socket, events, 0};
    const int ready = ::poll(&wanted, 1, static_cast<int>(std::min<int64_t>(left_us / 1000 + 1, 1 << 30)));
    if (ready > 0 || (ready < 0 && errno != EINTR)) return true;
  }
}

ReadResult Receive(int socket, char* buffer, size_t size, int flags) {
  ssize_t count;
  do {
    count = ::recv(socket, buffer, size, flags);
  } while (count < 0 && errno == EINTR);
  if (count > 0) return {IoState::kOk, static_cast<size_t>(count)};
  if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return {IoState::kTimedOut, 0};
  return {IoState::kClosed, 0};
}

}  // namespace

ReadResult ReadSome(int socket, char* buffer, size_t size, int64_t deadline_us) {
  for (;;) {
    if (!WaitFor(socket, POLLIN, deadline_us)) return {IoState::kTimedOut, 0};
    const ReadResult result = Receive(socket, buffer, size, MSG_DONTWAIT);
    if (result.state != IoState::kTimedOut) return result;
  }
}

ReadResult ReadIdle(int socket, char* buffer, size_t size) { return Receive(socket, buffer, size, 0); }

IoState WriteAll(int socket, std::string_view head, std::string_view body, int64_t deadline_us) {
  while (!head.empty() || !body.empty()) {
    std::array<iovec, 2> parts{
        {{const_cast<char*>(head.data()), head.size()}, {const_cast<char*>(body.data()), body.size()}}};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    const ssize_t sent = ::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN && errno != EWOULDBLOCK) return IoState::kClosed;
      if (!WaitFor(socket, POLLOUT, deadline_us)) return IoState::kTimedOut;
      continue;
    }
    const size_t of_head = std::min(head.size(), static_cast<size_t>(sent));
    head.remove_prefix(of_head);
    body.remove_prefix(static_cast<size_t>(sent) - of_head);
  }
  return IoState::kOk;
}

void SetReceiveTimeout(int socket, int seconds) {
  const timeval timeout{seconds, 0};
  ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
}

void LingerAndClose(int socket) {
  ::shutdown(socket, SHUT_WR);
  std::array<char, 16 << 10> waste;
  const int64_t deadline_us = MonotonicMicros() + kLingerMicros;
  for (size_t total = 0; total < kLingerBytes;) {
    const ReadResult read = ReadSome(socket, waste.data(), waste.size(), deadline_us);
    if (read.state != IoState::kOk) break;
    total += read.bytes;
  }
}

}  // namespace signalbox::adapters::http
