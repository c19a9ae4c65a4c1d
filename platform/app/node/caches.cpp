// Memory, or Redis with memory behind it.
#include "app/node/caches.hpp"

#include <utility>

#include "adapters/memory/memory_cache.hpp"

namespace signalbox::app {

Result<Caches> OpenCaches(const StoreSettings& settings, const Clock& clock, ports::Metrics& metrics) {
  Caches caches;
  caches.cache = std::make_unique<memory::MemoryCache>(clock, settings.cache_bytes);
  caches.limiter = std::make_unique<memory::MemoryRateLimiter>(clock);
  if (settings.cache != "redis") return caches;
  auto made = redis::Redis::Make(settings.redis_url, metrics);
  if (!made) return Fail(made.error());
  caches.redis = std::move(*made);
  caches.cache = std::make_unique<redis::RedisCache>(caches.redis, std::move(caches.cache));
  caches.limiter = std::make_unique<redis::RedisRateLimiter>(caches.redis, std::move(caches.limiter), clock);
  return caches;
}

}  // namespace signalbox::app
