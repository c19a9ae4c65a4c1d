// How many connections a server has, and waiting until there is none.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <mutex>

#include "ports/metrics.hpp"

namespace signalbox::adapters::http {

// Threads: any.
class OpenConnections {
 public:
  // gauge: outlives this.
  explicit OpenConnections(ports::Gauge& gauge) : gauge_(gauge) {}

  // Before Enter: how many there are.
  size_t count() const { return count_.load(std::memory_order_relaxed); }
  void Enter() { Change(1); }
  void Leave() { Change(-1); }

  // False = some are left after `seconds`.
  bool WaitForNone(int seconds);

 private:
  void Change(int by);

  ports::Gauge& gauge_;
  std::atomic<size_t> count_{0};  // written under mutex_
  std::mutex mutex_;
  std::condition_variable none_;
};

}  // namespace signalbox::adapters::http
