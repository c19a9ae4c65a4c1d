// Where a parked connection thread waits for the answer that any thread may give.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>

#include "ports/http.hpp"

namespace signalbox::adapters::http {

// The first answer counts, later ones are dropped. Threads: any; one waits.
class PendingAnswer {
 public:
  void Give(ports::HttpResponse response) {
    const std::lock_guard lock(mutex_);
    if (response_ || taken_) return;
    response_ = std::move(response);
    given_.notify_one();
  }

  // nullopt = none came in time; then none is taken any more.
  std::optional<ports::HttpResponse> Wait(std::chrono::seconds timeout) {
    std::unique_lock lock(mutex_);
    given_.wait_for(lock, timeout, [this] { return response_.has_value(); });
    taken_ = true;
    return std::move(response_);
  }

 private:
  std::mutex mutex_;
  std::condition_variable given_;
  std::optional<ports::HttpResponse> response_;  // guarded by mutex_
  bool taken_ = false;                           // guarded by mutex_
};

}  // namespace signalbox::adapters::http
