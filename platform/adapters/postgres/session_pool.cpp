// Connecting, lending, giving up.
#include "adapters/postgres/session_pool.hpp"

#include <Poco/Data/PostgreSQL/Connector.h>
#include <Poco/Data/PostgreSQL/Utility.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>

#include "base/log.hpp"

namespace signalbox::postgres {
namespace {

using std::chrono::milliseconds;
constexpr auto kRetryAfter = milliseconds(500);
constexpr auto kPatience = milliseconds(200);

PGconn* ConnectionOf(Poco::Data::Session& session) {
  return static_cast<PGconn*>(*Poco::Data::PostgreSQL::Utility::handle(session));
}

// A server that ended the connection has said so, or closed it; a sound idle one is silent.
bool IsSilent(Poco::Data::Session& session) {
  PGconn* connection = ConnectionOf(session);
  if (connection == nullptr || PQstatus(connection) != CONNECTION_OK) return false;
  char byte = 0;
  return recv(PQsocket(connection), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
         (errno == EAGAIN || errno == EWOULDBLOCK);
}

std::chrono::steady_clock::time_point Now() { return std::chrono::steady_clock::now(); }

}  // namespace

SessionPool::SessionPool(ConnectionUrl url, const DatabaseOptions& options)
    : url_(std::move(url)), options_(options), watchdog_([this] { CutLateCalls(); }) {
  static std::once_flag registered;
  std::call_once(registered, [] { Poco::Data::PostgreSQL::Connector::registerConnector(); });
}

SessionPool::~SessionPool() {
  {
    const std::lock_guard lock(watch_mutex_);
    stopping_ = true;
  }
  watch_changed_.notify_all();
  watchdog_.join();
}

std::string SessionPool::failure() const {
  const std::lock_guard lock(mutex_);
  return failed_ ? failed_->message() : std::string();
}

Result<SessionPool::Use> SessionPool::Borrow() {
  Time give_up = Now() + milliseconds(options_.wait_ms);
  std::unique_lock lock(mutex_);
  for (;;) {
    while (!idle_.empty()) {
      Poco::Data::Session session = std::move(idle_.back());
      idle_.pop_back();
      if (IsSilent(session)) return Use(this, std::move(session), true);
      --open_;
    }
    if (open_ < options_.max_sessions) {
      if (failed_ && Now() < retry_at_) return Fail(*failed_);
      if (!failed_ || !connecting_) {
        ++open_;
        connecting_ = true;
        lock.unlock();
        return Connect();
      }
      // One caller tries whether the server is back; the others wait a moment for it, no more.
      give_up = std::min(give_up, Now() + kPatience);
      if (returned_.wait_until(lock, give_up) == std::cv_status::timeout && failed_) return Fail(*failed_);
      continue;
    }
    if (returned_.wait_until(lock, give_up) == std::cv_status::timeout) {
      return Fail(Error(Code::kUnavailable,
                        name() + ": all " + std::to_string(options_.max_sessions) + " sessions are busy")
                      .WithHint("PostgreSQL is slow; try again"));
    }
  }
}

Result<SessionPool::Use> SessionPool::Connect() {
  std::optional<Poco::Data::Session> session;
  std::optional<Error> failed;
  uint64_t watch = 0;
  try {
    session.emplace(Poco::Data::PostgreSQL::Connector::KEY, url_.poco,
                    static_cast<std::size_t>((options_.connect_ms + 999) / 1000));
    PGconn* connection = ConnectionOf(*session);
    watch = Watch(PQsocket(connection), options_.connect_ms);
    const std::string limit = std::to_string(options_.statement_ms);
    Execute(connection,
            "SET statement_timeout = " + limit + "; SET lock_timeout = " + limit +
                "; SET idle_in_transaction_session_timeout = " + limit +
                "; SET synchronous_commit = on; SET bytea_output = hex; SET client_encoding = UTF8"
                "; SET client_min_messages = warning; SET application_name = signalbox");
    const char* encoding = PQparameterStatus(connection, "server_encoding");
    if (encoding == nullptr || std::string_view(encoding) != "UTF8") {
      failed = Error(Code::kUnavailable, name() + ": the database's encoding is " +
                                             (encoding != nullptr ? encoding : "unknown") + ", not UTF8")
                   .WithHint("create it with ENCODING 'UTF8'");
    }
  } catch (...) {
    failed = FromException(name(), nullptr).error;
  }
  if (watch != 0) Unwatch(watch);
  const std::lock_guard lock(mutex_);
  connecting_ = false;
  if (failed) {
    --open_;
    if (!failed_) LogWarn("PostgreSQL is away", {{"error", failed->message()}});
    failed_ = failed;
    retry_at_ = Now() + kRetryAfter;
    returned_.notify_all();
    return Fail(*failed);
  }
  if (failed_) LogInfo("PostgreSQL is back", {{"database", name()}});
  failed_.reset();
  returned_.notify_all();
  return Use(this, std::move(*session), false);
}

void SessionPool::Return(Poco::Data::Session session) {
  {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(session));
  }
  returned_.notify_one();
}

void SessionPool::Drop(const Error& why, bool lost) {
  std::vector<Poco::Data::Session> dropped;
  {
    const std::lock_guard lock(mutex_);
    --open_;
    if (lost) {
      open_ -= idle_.size();
      dropped.swap(idle_);
      if (!failed_) LogWarn("a connection to PostgreSQL was lost", {{"error", why.message()}});
      failed_ = why;
    }
  }
  returned_.notify_all();
}

uint64_t SessionPool::Watch(int socket, int ms) {
  uint64_t watch = 0;
  {
    const std::lock_guard lock(watch_mutex_);
    watch = next_watch_++;
    watched_.emplace(watch, std::pair(Now() + milliseconds(ms), socket));
  }
  watch_changed_.notify_one();
  return watch;
}

void SessionPool::Unwatch(uint64_t watch) {
  const std::lock_guard lock(watch_mutex_);
  watched_.erase(watch);
}

void SessionPool::CutLateCalls() {
  std::unique_lock lock(watch_mutex_);
  while (!stopping_) {
    Time next = Now() + std::chrono::hours(1);
    for (auto entry = watched_.begin(); entry != watched_.end();) {
      if (entry->second.first <= Now()) {
        // Whoever waits for the server reads the end of the stream now.
        shutdown(entry->second.second, SHUT_RDWR);
        entry = watched_.erase(entry);
      } else {
        next = std::min(next, entry->second.first);
        ++entry;
      }
    }
    watch_changed_.wait_until(lock, next);
  }
}

SessionPool::Use::Use(SessionPool* pool, Poco::Data::Session session, bool reused)
    : pool_(pool), session_(std::move(session)), connection_(ConnectionOf(*session_)), reused_(reused) {
  SetDeadline(pool_->options_.call_ms);
}

SessionPool::Use::Use(Use&& other) noexcept
    : pool_(std::exchange(other.pool_, nullptr)),
      session_(std::move(other.session_)),
      connection_(other.connection_),
      reused_(other.reused_),
      watch_(std::exchange(other.watch_, 0)) {}

SessionPool::Use::~Use() {
  if (pool_ == nullptr) return;
  pool_->Unwatch(watch_);
  if (PQtransactionStatus(connection_) == PQTRANS_IDLE) {
    pool_->Return(std::move(*session_));
  } else {
    pool_->Drop(Error(Code::kUnavailable, "left within a transaction"), false);
  }
}

void SessionPool::Use::Discard(const Error& why, bool lost) {
  pool_->Unwatch(watch_);
  std::exchange(pool_, nullptr)->Drop(why, lost);
}

void SessionPool::Use::SetDeadline(int ms) {
  if (watch_ != 0) pool_->Unwatch(watch_);
  watch_ = pool_->Watch(PQsocket(connection_), ms);
}

}  // namespace signalbox::postgres
