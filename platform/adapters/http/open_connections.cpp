// A counter and who waits for its end.
#include "adapters/http/open_connections.hpp"

#include <chrono>

namespace signalbox::adapters::http {

bool OpenConnections::WaitForNone(int seconds) {
  std::unique_lock lock(mutex_);
  return none_.wait_for(lock, std::chrono::seconds(seconds), [this] { return count() == 0; });
}

void OpenConnections::Change(int by) {
  const std::lock_guard lock(mutex_);
  const size_t count = count_.load(std::memory_order_relaxed) + static_cast<size_t>(by);
  count_.store(count, std::memory_order_relaxed);
  gauge_.Set(static_cast<double>(count));
  if (count == 0) none_.notify_all();
}

}  // namespace signalbox::adapters::http
