// Both bounds from the last twenty faults.
#include "serve/script_health.hpp"

namespace signalbox::serve {

bool ScriptHealth::Fault(int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  const uint64_t calls = calls_.load(std::memory_order_relaxed);
  last_[faults_ % last_.size()] = {now_ms, calls};
  ++faults_;
  const bool in_time = faults_ >= kFaultsInTime && now_ms - Last(kFaultsInTime).at_ms < kTimeMs;
  const bool in_calls =
      calls >= kCalls && faults_ >= kFaultsInCalls && calls - Last(kFaultsInCalls).call < kCalls;
  return (in_time || in_calls) && !failing_.exchange(true, std::memory_order_relaxed);
}

}  // namespace signalbox::serve
