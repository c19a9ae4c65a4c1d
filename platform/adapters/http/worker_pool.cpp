// Poco's pool as the owner of threads; the queue is ours, for Poco's pool has none.
#include "adapters/http/worker_pool.hpp"

#include <Poco/Exception.h>
#include <Poco/Runnable.h>

#include <exception>
#include <string>
#include <utility>

#include "base/log.hpp"

namespace signalbox::adapters::http {

class WorkerPool::Worker final : public Poco::Runnable {
 public:
  explicit Worker(WorkerPool& pool) : pool_(pool) {}
  void run() override { pool_.Loop(); }

 private:
  WorkerPool& pool_;
};

WorkerPool::WorkerPool(size_t max_threads, size_t max_waiting)
    : max_threads_(max_threads),
      max_waiting_(max_waiting),
      worker_(std::make_unique<Worker>(*this)),
      threads_("http-worker", 1, static_cast<int>(max_threads)) {}

WorkerPool::~WorkerPool() { Close(); }

bool WorkerPool::Run(std::function<void()> work) {
  const std::lock_guard lock(mutex_);
  if (closed_) return false;
  if (waiting_.size() >= idle_ && started_ < max_threads_) {
    try {
      threads_.start(*worker_);
      ++started_;
    } catch (const Poco::Exception& error) {
      LogWarn("no thread for a blocking request", {{"error", error.displayText()}});
      if (started_ == 0) return false;
    }
  } else if (waiting_.size() >= max_waiting_ + idle_) {
    return false;
  }
  waiting_.push_back(std::move(work));
  arrived_.notify_one();
  return true;
}

std::function<void()> WorkerPool::Next() {
  std::unique_lock lock(mutex_);
  ++idle_;
  arrived_.wait(lock, [this] { return closed_ || !waiting_.empty(); });
  --idle_;
  if (waiting_.empty()) return nullptr;
  auto work = std::move(waiting_.front());
  waiting_.pop_front();
  return work;
}

void WorkerPool::Loop() {
  while (auto work = Next()) {
    try {
      work();
    } catch (const std::exception& error) {
      LogError("a handler failed", {{"error", std::string(error.what())}});
    } catch (...) {
      LogError("a handler failed", {{"error", std::string("not a std::exception")}});
    }
  }
}

void WorkerPool::Close() {
  std::deque<std::function<void()>> dropped;  // their responders answer without the lock
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    dropped.swap(waiting_);
  }
  arrived_.notify_all();
  dropped.clear();
  threads_.joinAll();
}

}  // namespace signalbox::adapters::http
