// The node's cache and rate limiter, of the configured kind.
#pragma once

#include <memory>

#include "adapters/redis/redis_cache.hpp"
#include "app/config/config.hpp"
#include "base/clock.hpp"
#include "ports/cache.hpp"
#include "ports/metrics.hpp"

namespace signalbox::app {

struct Caches {
  std::shared_ptr<redis::Redis> redis;  // null = this process's memory alone
  std::unique_ptr<ports::Cache> cache;
  std::unique_ptr<ports::RateLimiter> limiter;
};

// Waits for no connection. Lifetime: clock and metrics outlive them.
// Errors: kInvalidArgument naming REDIS_URL.
Result<Caches> OpenCaches(const StoreSettings& settings, const Clock& clock, ports::Metrics& metrics);

}  // namespace signalbox::app
