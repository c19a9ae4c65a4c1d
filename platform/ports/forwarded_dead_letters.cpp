// The sending thread.
#include "ports/forwarded_dead_letters.hpp"

#include <chrono>
#include <utility>

#include "base/log.hpp"

namespace signalbox::ports {

ForwardedDeadLetters::ForwardedDeadLetters(std::unique_ptr<DeadLetters> local,
                                           std::unique_ptr<DeadLetters> remote, int retry_ms, bool sending)
    : local_(std::move(local)),
      remote_(std::move(remote)),
      retry_ms_(retry_ms),
      sending_(sending),
      thread_([this] { Forward(); }) {}

ForwardedDeadLetters::~ForwardedDeadLetters() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void ForwardedDeadLetters::SetSending(bool sending) {
  {
    const std::lock_guard lock(mutex_);
    if (sending && !sending_) {
      waiting_.clear();
      resend_ = true;
    }
    sending_ = sending;
  }
  wake_.notify_all();
}

Result<void> ForwardedDeadLetters::Add(const DeadLetter& letter) {
  if (auto kept = local_->Add(letter); !kept) return kept;
  {
    const std::lock_guard lock(mutex_);
    if (resend_ || !sending_) return {};  // it is among those, then or later
    if (waiting_.size() < kMaxWaiting) {
      waiting_.push_back(letter);
    } else {
      waiting_.clear();
      resend_ = true;
    }
  }
  wake_.notify_all();
  return {};
}

Result<std::vector<DeadLetter>> ForwardedDeadLetters::List(size_t limit) const {
  auto remote = remote_->List(limit);
  return remote || !remote.error().retryable() ? std::move(remote) : local_->List(limit);
}

void ForwardedDeadLetters::Forward() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (!sending_) {
      wake_.wait(lock, [this] { return stopping_ || sending_; });
      continue;
    }
    if (resend_) {
      resend_ = false;
      lock.unlock();
      auto kept = local_->List(kResend);
      lock.lock();
      // Those added meanwhile may be in both; sending one twice changes nothing.
      if (kept) {
        waiting_.insert(waiting_.begin(), std::make_move_iterator(kept->rbegin()),
                        std::make_move_iterator(kept->rend()));
      } else {
        LogError("dead letters cannot be read to be sent on", {{"error", kept.error().message()}});
        resend_ = sending_;
        wake_.wait_for(lock, std::chrono::milliseconds(retry_ms_), [this] { return stopping_; });
        continue;
      }
    }
    if (waiting_.empty()) {
      wake_.wait(lock, [this] { return stopping_ || !sending_ || resend_ || !waiting_.empty(); });
      continue;
    }
    const DeadLetter letter = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    const auto sent = remote_->Add(letter);
    lock.lock();
    if (sent) continue;
    if (!sent.error().retryable()) {
      LogError("a dead letter stays on this machine alone", {{"error", sent.error().message()}});
      continue;
    }
    if (sending_) waiting_.push_front(letter);
    wake_.wait_for(lock, std::chrono::milliseconds(retry_ms_), [this] { return stopping_; });
  }
}

}  // namespace signalbox::ports
