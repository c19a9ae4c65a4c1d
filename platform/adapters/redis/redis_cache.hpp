// Cache and rate limiter shared by nodes through Redis, with the process's own memory behind them.
#pragma once

#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "ports/cache.hpp"
#include "ports/metrics.hpp"

namespace signalbox::redis {

class RedisLink;
struct RedisUrl;

// A Redis that may go away and come back; what cache and limiter share. Threads: any.
class Redis {
 public:
  // Does not wait for a connection. Sets signalbox_cache_backend_up. Lifetime: metrics outlives it.
  // Errors: kInvalidArgument naming REDIS_URL.
  // timeout_ms: what a caller may wait; the port allows 20, tests on busy machines more.
  static Result<std::shared_ptr<Redis>> Make(const std::string& url, ports::Metrics& metrics,
                                             int timeout_ms = 20);
  ~Redis();

  // Empty while it answers; else why not. For readiness.
  std::string failure() const;

  // For the adapters of this folder.
  RedisLink& link() { return *link_; }
  ports::Counter& fallbacks() { return fallbacks_; }

 private:
  Redis(ports::Metrics& metrics, RedisUrl url, int timeout_ms);
  ports::Gauge& up_;
  ports::Counter& fallbacks_;
  std::unique_ptr<RedisLink> link_;
};

// Values go to Redis and to the process's own memory; while Redis is away, or does not answer
// within 20 ms, the latter answers.
class RedisCache final : public ports::Cache {
 public:
  RedisCache(std::shared_ptr<Redis> redis, std::unique_ptr<ports::Cache> own);
  ~RedisCache() override;

  std::optional<std::string> Get(std::string_view key) override;
  void Put(std::string_view key, std::string value, int64_t ttl_ms) override;

 private:
  std::shared_ptr<Redis> redis_;
  std::unique_ptr<ports::Cache> own_;
};

// Counts in Redis for all nodes; while it is away each process counts for itself, from zero.
class RedisRateLimiter final : public ports::RateLimiter {
 public:
  // clock: decides which window runs; nodes whose clocks differ by less than a window agree about
  // most of it. Outlives the limiter.
  RedisRateLimiter(std::shared_ptr<Redis> redis, std::unique_ptr<ports::RateLimiter> own, const Clock& clock);
  ~RedisRateLimiter() override;

  bool Allow(std::string_view key, uint32_t limit, int64_t window_ms) override;

 private:
  std::shared_ptr<Redis> redis_;
  std::unique_ptr<ports::RateLimiter> own_;
  const Clock& clock_;
};

}  // namespace signalbox::redis
