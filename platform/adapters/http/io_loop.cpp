// The turns of an I/O thread.
#include "adapters/http/io_loop.hpp"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <system_error>
#include <utility>

#include "adapters/http/connection.hpp"
#include "adapters/http/exchange.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"

namespace signalbox::adapters::http {
namespace {

constexpr int64_t kNever = std::numeric_limits<int64_t>::max();
// Deadlines are this coarse, so that a sweep over all connections is rare.
constexpr int64_t kSweepMicros = 20'000;
constexpr size_t kEvents = 256;

int MakeEpoll() {
  const int handle = ::epoll_create1(EPOLL_CLOEXEC);
  if (handle < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
  return handle;
}

bool Watch(int epoll, int socket, uint32_t events, void* who) {
  epoll_event event{events, {.ptr = who}};
  return ::epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event) == 0;
}

}  // namespace

ServerParts::ServerParts(ports::HttpServerOptions given, std::shared_ptr<const ports::Router> routes,
                         ports::Metrics& registry)
    : options(std::move(given)),
      router(std::move(routes)),
      metrics(*router, registry),
      open(registry.GetGauge("signalbox_http_connections", "Open connections.",
                             {{"port", std::to_string(options.port)}})) {}

IoLoop::IoLoop(ServerParts& parts, std::shared_ptr<WorkerPool> workers)
    : parts_(parts),
      mailbox_(std::make_shared<Mailbox>(std::move(workers))),
      epoll_(MakeEpoll()),
      next_sweep_us_(kNever),
      scratch_(new char[kScratchBytes]) {
  Watch(epoll_, mailbox_->wake_handle(), EPOLLIN | EPOLLET, this);
}

IoLoop::~IoLoop() {
  mailbox_->Close();
  ::close(epoll_);
}

void IoLoop::Listen(int socket, std::function<void()> ready) {
  listener_ = socket;
  accept_ = std::move(ready);
  Watch(epoll_, socket, EPOLLIN, &accept_);
}

void IoLoop::Run() {
  while (!ending_) {
    const bool asleep = again_.empty() && mailbox_->FallAsleep();
    HandleEvents(asleep ? WaitMs() : 0);
    if (asleep) mailbox_->Awake();
    ReadMail();
    GoOn();
    if (next_sweep_us_ != kNever && MonotonicMicros() >= next_sweep_us_) Sweep();
    closed_.clear();
  }
  mailbox_->Close();
  while (!connections_.empty()) connections_.back()->Close();
  closed_.clear();
}

int IoLoop::WaitMs() {
  if (next_sweep_us_ == kNever) return -1;
  const int64_t left_us = std::max<int64_t>(next_sweep_us_ - MonotonicMicros(), 0);
  return static_cast<int>(std::min<int64_t>(left_us / 1000 + 1, std::numeric_limits<int>::max()));
}

void IoLoop::HandleEvents(int timeout_ms) {
  std::array<epoll_event, kEvents> events;
  const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), timeout_ms);
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<size_t>(i)];
    if (event.data.ptr == this) continue;  // the mailbox, which is read in any case
    if (event.data.ptr == &accept_) {
      accept_();
    } else {
      static_cast<HttpConnection*>(event.data.ptr)->OnEvents(event.events);
    }
  }
}

void IoLoop::ReadMail() {
  mailbox_->Take(&answered_, &tasks_);
  for (const auto& exchange : answered_) {
    if (HttpConnection* connection = exchange->connection()) connection->OnAnswer(*exchange);
  }
  answered_.clear();
  for (const auto& task : tasks_) task();
  tasks_.clear();
}

void IoLoop::GoOn() {
  going_on_.swap(again_);
  for (HttpConnection* connection : going_on_) connection->GoOn();
  going_on_.clear();
}

void IoLoop::Sweep() {
  const int64_t now_us = MonotonicMicros();
  next_sweep_us_ = kNever;
  // From the end: a connection that is closed changes places with the last one.
  for (size_t i = connections_.size(); i-- > 0;) {
    if (connections_[i]->deadline_us() <= now_us) connections_[i]->OnDeadline();
    if (i < connections_.size()) NoteDeadline(connections_[i]->deadline_us());
  }
  if (next_sweep_us_ != kNever) next_sweep_us_ = std::max(next_sweep_us_, now_us + kSweepMicros);
}

void IoLoop::Adopt(int socket, bool refused) {
  count_.fetch_add(1, std::memory_order_relaxed);
  parts_.open.Enter();
  mailbox_->Post([this, socket, refused] { Add(socket, refused); });
}

void IoLoop::Add(int socket, bool refused) {
  auto connection = std::make_unique<HttpConnection>(socket, *this, connections_.size());
  HttpConnection* added = connection.get();
  connections_.push_back(std::move(connection));
  if (!Watch(epoll_, socket, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, added)) return added->Close();
  if (refused) return added->Refuse();
  if (draining_) added->Drain();
}

void IoLoop::Remove(HttpConnection* connection) {
  std::erase(again_, connection);
  const size_t place = connection->place();
  closed_.push_back(std::move(connections_[place]));
  if (place + 1 < connections_.size()) {
    connections_[place] = std::move(connections_.back());
    connections_[place]->set_place(place);
  }
  connections_.pop_back();
  count_.fetch_sub(1, std::memory_order_relaxed);
  parts_.open.Leave();
}

void IoLoop::Drain() {
  mailbox_->Post([this] {
    draining_ = true;
    if (listener_ >= 0) ::epoll_ctl(epoll_, EPOLL_CTL_DEL, std::exchange(listener_, -1), nullptr);
    for (size_t i = connections_.size(); i-- > 0;) connections_[i]->Drain();
  });
}

void IoLoop::GiveUp() {
  mailbox_->Post([this] {
    for (size_t i = connections_.size(); i-- > 0;) connections_[i]->GiveUp();
  });
}

void IoLoop::End() {
  mailbox_->Post([this] { ending_ = true; });
}

}  // namespace signalbox::adapters::http
