// An epoll loop over connections that each have at most one request under way.
#include "load_generator.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <memory>
#include <string_view>

namespace signalbox::bench {
namespace {

int64_t NowNs() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

struct Connection {
  int socket = -1;
  bool busy = false;
  int64_t due_ns = 0;
  std::string_view unsent;
  std::string answer;
  size_t expected = 0;  // bytes of head and body; 0 = the head is not complete
  size_t body = 0;
};

class Generator {
 public:
  explicit Generator(const Load& load) : load_(load), epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    // Time-outs of epoll are otherwise late by 50 us.
    prctl(PR_SET_TIMERSLACK, 1);
  }
  ~Generator() {
    for (const auto& connection : connections_) close(connection->socket);
    close(epoll_);
  }
  Generator(const Generator&) = delete;
  Generator& operator=(const Generator&) = delete;

  Result<LoadResult> Run();

 private:
  Result<void> Connect();
  Result<void> SendDue();
  Result<void> Start(Connection& connection, int64_t due_ns);
  Result<void> Flush(Connection& connection);
  Result<void> Receive(Connection& connection);
  void TakeHead(Connection& connection);
  void Finish(Connection& connection);
  int64_t DueNs(uint64_t request) const {
    return start_ns_ + static_cast<int64_t>(static_cast<double>(request) * 1e9 / load_.rate);
  }
  LoadResult Summary(double seconds);

  const Load& load_;
  const int epoll_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<Connection*> idle_;
  int64_t start_ns_ = 0, end_ns_ = 0;
  uint64_t sent_ = 0, body_bytes_ = 0;
  std::vector<float> latencies_us_;
  LoadResult result_;
};

Result<void> Generator::Connect() {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(load_.port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  for (int i = 0; i < load_.connections; ++i) {
    auto connection = std::make_unique<Connection>();
    connection->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(connection->socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      close(connection->socket);
      return Fail(Code::kUnavailable, "cannot connect to port " + std::to_string(load_.port));
    }
    const int yes = 1;
    setsockopt(connection->socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    epoll_event event{EPOLLIN, {.ptr = connection.get()}};
    epoll_ctl(epoll_, EPOLL_CTL_ADD, connection->socket, &event);
    idle_.push_back(connection.get());
    connections_.push_back(std::move(connection));
  }
  return {};
}

Result<void> Generator::Start(Connection& connection, int64_t due_ns) {
  connection.busy = true;
  connection.due_ns = due_ns;
  connection.unsent = (*load_.requests)[sent_++ % load_.requests->size()];
  connection.answer.clear();
  connection.expected = 0;
  return Flush(connection);
}

// Sockets block: a request fits the send buffer, and the server reads what it is sent.
Result<void> Generator::Flush(Connection& connection) {
  while (!connection.unsent.empty()) {
    const ssize_t sent =
        send(connection.socket, connection.unsent.data(), connection.unsent.size(), MSG_NOSIGNAL);
    if (sent <= 0) return Fail(Code::kUnavailable, "the server closed a connection");
    connection.unsent.remove_prefix(static_cast<size_t>(sent));
  }
  return {};
}

Result<void> Generator::SendDue() {
  while (!idle_.empty()) {
    const int64_t now = NowNs();
    const int64_t due = load_.rate > 0 ? DueNs(sent_) : now;
    if (due > now || now >= end_ns_) return {};
    Connection& connection = *idle_.back();
    idle_.pop_back();
    if (auto started = Start(connection, due); !started) return started;
  }
  return {};
}

void Generator::TakeHead(Connection& connection) {
  const size_t end = connection.answer.find("\r\n\r\n");
  if (end == std::string::npos) return;
  const std::string_view head(connection.answer.data(), end);
  for (const char* name : {"\r\nContent-Length: ", "\r\ncontent-length: "}) {
    if (const size_t at = head.find(name); at != std::string_view::npos) {
      connection.body = std::strtoul(head.data() + at + std::strlen(name), nullptr, 10);
    }
  }
  connection.expected = end + 4 + connection.body;
}

Result<void> Generator::Receive(Connection& connection) {
  char buffer[65536];
  const ssize_t got = recv(connection.socket, buffer, sizeof buffer, 0);
  if (got <= 0) return Fail(Code::kUnavailable, "the server closed a connection");
  connection.answer.append(buffer, static_cast<size_t>(got));
  if (connection.expected == 0) TakeHead(connection);
  if (connection.expected != 0 && connection.answer.size() >= connection.expected) Finish(connection);
  return {};
}

void Generator::Finish(Connection& connection) {
  connection.busy = false;
  idle_.push_back(&connection);
  latencies_us_.push_back(static_cast<float>(NowNs() - connection.due_ns) / 1e3f);
  body_bytes_ += connection.body;
  const std::string_view answer = connection.answer;
  if (answer.size() > 9 && answer[9] == '2') return;
  if (result_.refused++ == 0) result_.first_refused = connection.answer.substr(0, 1000);
}

LoadResult Generator::Summary(double seconds) {
  std::sort(latencies_us_.begin(), latencies_us_.end());
  const auto at = [&](double part) {
    return latencies_us_[static_cast<size_t>(part * static_cast<double>(latencies_us_.size() - 1))];
  };
  result_.answers = latencies_us_.size();
  result_.per_second = static_cast<double>(result_.answers) / seconds;
  if (!latencies_us_.empty()) {
    result_.p50_us = at(0.5);
    result_.p99_us = at(0.99);
    result_.mean_answer_bytes = static_cast<double>(body_bytes_) / static_cast<double>(result_.answers);
  }
  return result_;
}

Result<LoadResult> Generator::Run() {
  if (auto connected = Connect(); !connected) return Fail(connected.error());
  start_ns_ = NowNs();
  end_ns_ = start_ns_ + static_cast<int64_t>(load_.seconds * 1e9);
  std::vector<epoll_event> events(connections_.size());
  while (true) {
    if (auto sent = SendDue(); !sent) return Fail(sent.error());
    const int64_t now = NowNs();
    if (idle_.size() == connections_.size() && now >= end_ns_) break;
    // Answers that are still to come after the end are waited for.
    int64_t wait_ns = 1'000'000'000;
    if (load_.rate > 0 && !idle_.empty() && now < end_ns_) {
      wait_ns = std::clamp<int64_t>(DueNs(sent_) - now, 0, 1'000'000'000);
    }
    const timespec wait{wait_ns / 1'000'000'000, wait_ns % 1'000'000'000};
    const int ready = epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()), &wait, nullptr);
    for (int i = 0; i < ready; ++i) {
      if (auto got = Receive(*static_cast<Connection*>(events[static_cast<size_t>(i)].data.ptr)); !got)
        return Fail(got.error());
    }
    if (NowNs() > end_ns_ + 30'000'000'000)
      return Fail(Code::kUnavailable, "answers did not come within 30 s");
  }
  return Summary(static_cast<double>(NowNs() - start_ns_) / 1e9);
}

}  // namespace

Result<LoadResult> RunLoad(const Load& load) { return Generator(load).Run(); }

std::string GetRequest(const std::string& target) {
  return "GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
}

std::string PostRequest(const std::string& target, const std::string& body) {
  return "POST " + target +
         " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace signalbox::bench
