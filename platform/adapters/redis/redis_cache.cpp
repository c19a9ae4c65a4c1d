// Commands and what they fall back on.
#include "adapters/redis/redis_cache.hpp"

#include <utility>

#include "adapters/redis/redis_link.hpp"
#include "adapters/redis/redis_url.hpp"
#include "base/clock.hpp"

namespace signalbox::redis {
namespace {

constexpr char kCachePrefix[] = "signalbox:cache:";
constexpr char kRatePrefix[] = "signalbox:rate:";

}  // namespace

Redis::Redis(ports::Metrics& metrics, RedisUrl url, int timeout_ms)
    : up_(metrics.GetGauge("signalbox_cache_backend_up",
                           "1 while Redis answers; 0 = this process answers from its own memory")),
      fallbacks_(metrics.GetCounter("signalbox_cache_fallbacks_total",
                                    "Look-ups and counts that the process's own memory answered for Redis")),
      link_(nullptr) {
  up_.Set(0);
  link_ = std::make_unique<RedisLink>(std::move(url), timeout_ms, [this](bool up) { up_.Set(up ? 1 : 0); });
}

Redis::~Redis() = default;

Result<std::shared_ptr<Redis>> Redis::Make(const std::string& url, ports::Metrics& metrics, int timeout_ms) {
  auto parsed = ParseRedisUrl(url);
  if (!parsed) return Fail(parsed.error());
  return std::shared_ptr<Redis>(new Redis(metrics, std::move(*parsed), timeout_ms));
}

std::string Redis::failure() const { return link_->failure(); }

RedisCache::RedisCache(std::shared_ptr<Redis> redis, std::unique_ptr<ports::Cache> own)
    : redis_(std::move(redis)), own_(std::move(own)) {}
RedisCache::~RedisCache() = default;

std::optional<std::string> RedisCache::Get(std::string_view key) {
  auto reply = redis_->link().Ask({{"GET", kCachePrefix + std::string(key)}});
  if (reply && reply->kind != Reply::Kind::kError) {
    return reply->kind == Reply::Kind::kText ? std::optional(std::move(reply->text)) : std::nullopt;
  }
  redis_->fallbacks().Add();
  return own_->Get(key);
}

void RedisCache::Put(std::string_view key, std::string value, int64_t ttl_ms) {
  if (ttl_ms > 0) {
    redis_->link().Tell({{"SET", kCachePrefix + std::string(key), value, "PX", std::to_string(ttl_ms)}});
  } else {
    redis_->link().Tell({{"DEL", kCachePrefix + std::string(key)}});
  }
  own_->Put(key, std::move(value), ttl_ms);
}

RedisRateLimiter::RedisRateLimiter(std::shared_ptr<Redis> redis, std::unique_ptr<ports::RateLimiter> own,
                                   const Clock& clock)
    : redis_(std::move(redis)), own_(std::move(own)), clock_(clock) {}
RedisRateLimiter::~RedisRateLimiter() = default;

bool RedisRateLimiter::Allow(std::string_view key, uint32_t limit, int64_t window_ms) {
  const std::string counter =
      kRatePrefix + std::string(key) + ":" + std::to_string(clock_.now_ms() / window_ms);
  // The counter is made with its end, so that none is left behind.
  const auto reply = redis_->link().Ask(
      {{"SET", counter, "0", "NX", "PX", std::to_string(2 * window_ms)}, {"INCR", counter}});
  if (reply && reply->kind == Reply::Kind::kNumber) return reply->number <= static_cast<int64_t>(limit);
  redis_->fallbacks().Add();
  return own_->Allow(key, limit, window_ms);
}

}  // namespace signalbox::redis
