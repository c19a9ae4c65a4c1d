// The link's thread.
#include "adapters/redis/redis_link.hpp"

#include <pthread.h>
#include <sys/time.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <utility>

#include "base/log.hpp"

namespace signalbox::redis {
namespace {

using std::chrono::milliseconds;
constexpr auto kFirstPause = milliseconds(10);
constexpr auto kLongestPause = milliseconds(1000);
// So many sound rounds make a connection a good one: the next failure is the first again.
constexpr int kSoundRounds = 100;
// Of one round, so that a reply is not awaited behind too many others.
constexpr size_t kMaxRoundBytes = 1 << 20;

struct ReplyFreer {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using ReplyPointer = std::unique_ptr<redisReply, ReplyFreer>;

void Append(redisContext* context, const Command& command) {
  std::vector<const char*> texts;
  std::vector<size_t> sizes;
  for (const auto& part : command) {
    texts.push_back(part.data());
    sizes.push_back(part.size());
  }
  redisAppendCommandArgv(context, static_cast<int>(texts.size()), texts.data(), sizes.data());
}

// Null = the connection is lost.
ReplyPointer Next(redisContext* context) {
  void* reply = nullptr;
  if (redisGetReply(context, &reply) != REDIS_OK) return nullptr;
  return ReplyPointer(static_cast<redisReply*>(reply));
}

Reply ToReply(const redisReply& reply) {
  switch (reply.type) {
    case REDIS_REPLY_INTEGER:
      return {Reply::Kind::kNumber, reply.integer, {}};
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
      return {Reply::Kind::kText, 0, std::string(reply.str, reply.len)};
    case REDIS_REPLY_ERROR:
      return {Reply::Kind::kError, 0, std::string(reply.str, reply.len)};
    default:
      return {};
  }
}

}  // namespace

struct RedisLink::Waiter {
  std::mutex mutex;
  std::condition_variable done_changed;
  bool done = false;
  std::optional<Reply> reply;

  void Complete(std::optional<Reply> with) {
    {
      const std::lock_guard lock(mutex);
      reply = std::move(with);
      done = true;
    }
    done_changed.notify_one();
  }
};

RedisLink::RedisLink(RedisUrl url, int timeout_ms, std::function<void(bool)> on_change)
    : url_(std::move(url)),
      timeout_ms_(timeout_ms),
      on_change_(std::move(on_change)),
      thread_([this] { Run(); }) {}

RedisLink::~RedisLink() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

std::string RedisLink::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

bool RedisLink::Enqueue(std::vector<Command> commands, std::shared_ptr<Waiter> waiter) {
  size_t bytes = 0;
  for (const auto& command : commands) {
    for (const auto& part : command) bytes += part.size() + 16;
  }
  {
    const std::lock_guard lock(mutex_);
    if (!up() || stopping_ || queued_bytes_ + bytes > kMaxQueuedBytes) return false;
    queue_.push_back({std::move(commands), bytes, std::move(waiter)});
    queued_bytes_ += bytes;
  }
  wake_.notify_one();
  return true;
}

std::optional<Reply> RedisLink::Ask(std::vector<Command> commands) {
  if (!up()) return std::nullopt;
  const auto until = std::chrono::steady_clock::now() + milliseconds(timeout_ms_);
  auto waiter = std::make_shared<Waiter>();
  if (!Enqueue(std::move(commands), waiter)) return std::nullopt;
  std::unique_lock lock(waiter->mutex);
  waiter->done_changed.wait_until(lock, until, [&] { return waiter->done; });
  return waiter->reply;
}

void RedisLink::Tell(std::vector<Command> commands) {
  if (up()) Enqueue(std::move(commands), nullptr);
}

void RedisLink::Run() {
  // A server that is gone is an error of write(), not the end of the process.
  sigset_t broken_pipe;
  sigemptyset(&broken_pipe);
  sigaddset(&broken_pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
  auto pause = kFirstPause;
  int sound_rounds = 0;
  std::vector<Request> requests;
  for (;;) {
    if (!connection_ && !Connect()) {
      std::unique_lock lock(mutex_);
      if (wake_.wait_for(lock, pause, [this] { return stopping_; })) return;
      pause = std::min<milliseconds>(pause * 2, kLongestPause);
      continue;
    }
    {
      std::unique_lock lock(mutex_);
      // An idle connection is asked now and then, so that nobody is the first to find it dead.
      wake_.wait_for(lock, milliseconds(500), [this] { return stopping_ || !queue_.empty(); });
      if (stopping_) return;
      size_t bytes = 0, count = 0;
      while (count < queue_.size() && (count == 0 || bytes < kMaxRoundBytes)) bytes += queue_[count++].bytes;
      requests.assign(std::make_move_iterator(queue_.begin()),
                      std::make_move_iterator(queue_.begin() + static_cast<ptrdiff_t>(count)));
      queue_.erase(queue_.begin(), queue_.begin() + static_cast<ptrdiff_t>(count));
      queued_bytes_ -= bytes;
    }
    if (requests.empty()) requests.push_back({{{"PING"}}, 0, nullptr});
    if (Serve(&requests)) {
      if (++sound_rounds >= kSoundRounds) pause = kFirstPause;
      continue;
    }
    sound_rounds = 0;
    std::unique_lock lock(mutex_);
    if (wake_.wait_for(lock, pause, [this] { return stopping_; })) return;
    pause = std::min<milliseconds>(pause * 2, kLongestPause);
  }
}

bool RedisLink::Greet(redisContext* context, const Command& command, const char* what) {
  Append(context, command);
  const auto reply = Next(context);
  if (!reply) {
    GoDown(std::string(what) + ": " + context->errstr);
  } else if (reply->type == REDIS_REPLY_ERROR) {
    GoDown(std::string(what) + ": " + std::string(reply->str, reply->len));
  }
  return reply && reply->type != REDIS_REPLY_ERROR;
}

bool RedisLink::Connect() {
  const timeval timeout{timeout_ms_ / 1000, timeout_ms_ % 1000 * 1000};
  Connection fresh(redisConnectWithTimeout(url_.host.c_str(), url_.port, timeout));
  if (!fresh || fresh->err != 0) {
    GoDown(fresh ? fresh->errstr : "out of memory");
    return false;
  }
  redisSetTimeout(fresh.get(), timeout);
  if (!url_.password.empty()) {
    Command auth = {"AUTH"};
    if (!url_.user.empty()) auth.push_back(url_.user);
    auth.push_back(url_.password);
    if (!Greet(fresh.get(), auth, "AUTH")) return false;
  }
  if (url_.database != 0 && !Greet(fresh.get(), {"SELECT", std::to_string(url_.database)}, "SELECT"))
    return false;
  if (!Greet(fresh.get(), {"PING"}, "PING")) return false;
  connection_ = std::move(fresh);
  {
    const std::lock_guard lock(mutex_);
    failure_.clear();
    up_.store(true, std::memory_order_release);
  }
  LogInfo("Redis is there", {{"server", url_.name()}});
  on_change_(true);
  return true;
}

bool RedisLink::Serve(std::vector<Request>* requests) {
  for (const auto& request : *requests) {
    for (const auto& command : request.commands) Append(connection_.get(), command);
  }
  bool lost = false;
  for (auto& request : *requests) {
    std::optional<Reply> last;
    for (size_t i = 0; i < request.commands.size() && !lost; ++i) {
      const auto reply = Next(connection_.get());
      lost = !reply;
      if (reply) last = ToReply(*reply);
    }
    if (request.waiter) request.waiter->Complete(lost ? std::nullopt : std::move(last));
  }
  requests->clear();
  if (lost) {
    GoDown(connection_->errstr);
    connection_.reset();
  }
  return !lost;
}

void RedisLink::GoDown(std::string why) {
  std::vector<Request> left;
  bool was_up = false, was_known = false;
  {
    const std::lock_guard lock(mutex_);
    was_up = up_.exchange(false);
    was_known = failure_ == why;
    failure_ = why;
    left.swap(queue_);
    queued_bytes_ = 0;
  }
  for (auto& request : left) {
    if (request.waiter) request.waiter->Complete(std::nullopt);
  }
  if (was_up || !was_known) {
    LogWarn("Redis is away: this process answers from its own memory",
            {{"server", url_.name()}, {"error", std::move(why)}});
  }
  if (was_up) on_change_(false);
}

}  // namespace signalbox::redis
