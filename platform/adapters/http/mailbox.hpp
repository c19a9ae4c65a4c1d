// What other threads hand to an I/O thread, which may be asleep in epoll.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "adapters/http/worker_pool.hpp"

namespace signalbox::adapters::http {

class Exchange;

// However many answers are put while the I/O thread works or is about to wake, it is woken once.
//
// Threads: Put and Post from any; the rest from the I/O thread. Lifetime: outlives the thread, for
// answers that come too late.
class Mailbox {
 public:
  // Throws std::system_error.
  explicit Mailbox(std::shared_ptr<WorkerPool> workers);
  ~Mailbox();
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  // Readable, edge-triggered, once something is put while the thread is asleep.
  int wake_handle() const { return wake_; }
  WorkerPool& workers() const { return *workers_; }

  void Put(std::shared_ptr<Exchange> answered);
  void Post(std::function<void()> task);

  // False = there is something in it; else the next Put wakes. Awake ends that.
  bool FallAsleep();
  void Awake();
  void Take(std::vector<std::shared_ptr<Exchange>>* answered, std::vector<std::function<void()>>* tasks);
  // What is put from now on is dropped.
  void Close();

 private:
  template <typename Letter>
  void Add(std::vector<Letter>& letters, Letter letter);

  const std::shared_ptr<WorkerPool> workers_;
  const int wake_;
  std::mutex mutex_;
  std::vector<std::shared_ptr<Exchange>> answered_;  // guarded by mutex_, as all below
  std::vector<std::function<void()>> tasks_;
  bool asleep_ = false;
  bool closed_ = false;
};

}  // namespace signalbox::adapters::http
