// A cache and a rate limiter in the process's own memory.
#pragma once

#include <cstdint>
#include <memory>

#include "base/clock.hpp"
#include "ports/cache.hpp"

namespace signalbox::memory {

// Bounded by bytes: what was used longest ago goes first. A value larger than a shard's share is
// not kept. Threads: any; keys are spread over shards with a lock each.
class MemoryCache final : public ports::Cache {
 public:
  // max_bytes: keys, values and an estimate of what keeping them takes. Lifetime: clock outlives it.
  MemoryCache(const Clock& clock, uint64_t max_bytes);
  ~MemoryCache() override;

  std::optional<std::string> Get(std::string_view key) override;
  void Put(std::string_view key, std::string value, int64_t ttl_ms) override;

  uint64_t bytes() const;

 private:
  struct Shard;
  const Clock& clock_;
  const uint64_t shard_bytes_;
  std::unique_ptr<Shard[]> shards_;
};

// Windows begin at multiples of window_ms, as in every other limiter. Keeps at most max_keys counts:
// beyond that ended windows are forgotten, then any.
class MemoryRateLimiter final : public ports::RateLimiter {
 public:
  explicit MemoryRateLimiter(const Clock& clock, size_t max_keys = 100'000);
  ~MemoryRateLimiter() override;

  bool Allow(std::string_view key, uint32_t limit, int64_t window_ms) override;

 private:
  struct Shard;
  const Clock& clock_;
  const size_t shard_keys_;
  std::unique_ptr<Shard[]> shards_;
};

}  // namespace signalbox::memory
