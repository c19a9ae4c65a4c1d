// Threads for handlers that may block, and the queue before them.
#pragma once

#include <Poco/ThreadPool.h>

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>

namespace signalbox::adapters::http {

// Starts a thread when work comes and all are busy, up to a limit; then work waits, up to a limit.
//
// Threads: any.
class WorkerPool {
 public:
  // Throws Poco's exceptions where no thread can be started at all.
  WorkerPool(size_t max_threads, size_t max_waiting);
  ~WorkerPool();

  // False = full, or closed: the work was dropped. An exception that the work throws is logged.
  bool Run(std::function<void()> work);

  // Drops what waits, ends when what runs has ended. Not from a worker.
  void Close();

 private:
  class Worker;
  void Loop();
  std::function<void()> Next();

  const size_t max_threads_;
  const size_t max_waiting_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<std::function<void()>> waiting_;  // guarded by mutex_, as all below
  size_t started_ = 0;
  size_t idle_ = 0;
  bool closed_ = false;
  std::unique_ptr<Worker> worker_;  // what every thread runs
  Poco::ThreadPool threads_;
};

}  // namespace signalbox::adapters::http
