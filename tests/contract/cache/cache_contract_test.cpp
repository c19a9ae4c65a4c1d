// The contract of cache and rate limiter, on the fake, in memory, on Redis, and on a Redis that is away.
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "adapters/memory/memory_cache.hpp"
#include "adapters/redis/redis_cache.hpp"
#include "harness/shared_servers.hpp"
#include "ports/fakes/plain_cache.hpp"
#include "ports/fakes/recording_metrics.hpp"

namespace signalbox::contract {
namespace {

constexpr int64_t kMinute = 60'000;

class Subject {
 public:
  virtual ~Subject() = default;
  virtual ports::Cache& cache() = 0;
  virtual ports::RateLimiter& limiter() = 0;
  // Until what was put for `ms` is over.
  virtual void Pass(int64_t ms) { clock.Advance(ms); }

  ManualClock clock{1'700'000'040'000};  // a whole minute
};

class PlainSubject final : public Subject {
 public:
  ports::Cache& cache() override { return cache_; }
  ports::RateLimiter& limiter() override { return limiter_; }

 private:
  ports::fakes::PlainCache cache_{clock};
  ports::fakes::PlainRateLimiter limiter_{clock};
};

class MemorySubject final : public Subject {
 public:
  ports::Cache& cache() override { return cache_; }
  ports::RateLimiter& limiter() override { return limiter_; }

 private:
  memory::MemoryCache cache_{clock, 64 << 20};
  memory::MemoryRateLimiter limiter_{clock};
};

class RedisSubject final : public Subject {
 public:
  explicit RedisSubject(std::string url, bool there) : there_(there) {
    if (there) harness::SharedRedis().Run({"FLUSHALL"});
    auto made = redis::Redis::Make(url, metrics_, 2000);
    if (!made) throw std::runtime_error(made.error().message());
    if (there && !harness::WaitUntil(5000, [&] { return (*made)->failure().empty(); })) {
      throw std::runtime_error((*made)->failure());
    }
    cache_ =
        std::make_unique<redis::RedisCache>(*made, std::make_unique<memory::MemoryCache>(clock, 64 << 20));
    limiter_ = std::make_unique<redis::RedisRateLimiter>(
        *made, std::make_unique<memory::MemoryRateLimiter>(clock), clock);
  }
  ports::Cache& cache() override { return *cache_; }
  ports::RateLimiter& limiter() override { return *limiter_; }
  // Redis has a clock of its own, which is told that the time is over.
  void Pass(int64_t ms) override {
    clock.Advance(ms);
    if (!there_) return;
    auto& server = harness::SharedRedis();
    server.Run({"EVAL",
                "for _, k in ipairs(redis.call('KEYS', '*')) do local t = redis.call('PTTL', k)"
                " redis.call('PEXPIRE', k, t - tonumber(ARGV[1])) end",
                "0", std::to_string(ms)});
  }

 private:
  const bool there_;
  ports::fakes::RecordingMetrics metrics_;
  std::unique_ptr<ports::Cache> cache_;
  std::unique_ptr<ports::RateLimiter> limiter_;
};

struct Kind {
  std::string name;
  std::function<std::unique_ptr<Subject>()> make;
};

class CacheContract : public testing::TestWithParam<Kind> {
 protected:
  std::unique_ptr<Subject> subject = GetParam().make();
  ports::Cache& cache = subject->cache();
  ports::RateLimiter& limiter = subject->limiter();
};

INSTANTIATE_TEST_SUITE_P(
    Adapters, CacheContract,
    testing::Values(
        Kind{"Plain", [] { return std::make_unique<PlainSubject>(); }},
        Kind{"Memory", [] { return std::make_unique<MemorySubject>(); }},
        Kind{"Redis", [] { return std::make_unique<RedisSubject>(harness::SharedRedis().url(), true); }},
        Kind{"RedisAway", [] { return std::make_unique<RedisSubject>("redis://127.0.0.1:1/0", false); }}),
    [](const auto& kind) { return kind.param.name; });

TEST_P(CacheContract, Get_NeverPut_IsAbsent) { EXPECT_FALSE(cache.Get("nothing")); }

TEST_P(CacheContract, Put_AnyBytes_ComeBackUnchanged) {
  const std::string key("k\0 \r\n\xff", 6), value("v\0\r\n$-1\xff", 8);

  cache.Put(key, value, kMinute);
  cache.Put("empty", "", kMinute);

  EXPECT_EQ(cache.Get(key), value);
  EXPECT_EQ(cache.Get("empty"), "");
  EXPECT_FALSE(cache.Get("k"));
}

TEST_P(CacheContract, Put_Again_Replaces) {
  cache.Put("key", "old", kMinute);
  cache.Put("key", "new", kMinute);

  EXPECT_EQ(cache.Get("key"), "new");
}

TEST_P(CacheContract, Put_NoTime_EndsTheFormerOne) {
  cache.Put("key", "old", kMinute);
  cache.Put("key", "new", 0);

  EXPECT_FALSE(cache.Get("key"));
}

TEST_P(CacheContract, Get_AfterItsTime_IsAbsent) {
  cache.Put("short", "a", kMinute);
  cache.Put("long", "b", 10 * kMinute);

  subject->Pass(kMinute);

  EXPECT_FALSE(cache.Get("short"));
  EXPECT_EQ(cache.Get("long"), "b");
}

TEST_P(CacheContract, Get_FromManyThreads_GivesEachItsOwn) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([this, t] {
      for (int i = 0; i < 200; ++i) {
        const std::string key = std::to_string(t) + "-" + std::to_string(i);
        cache.Put(key, "value" + key, kMinute);
        const auto got = cache.Get(key);
        // A cache may forget; it may not mix up.
        if (got) {
          EXPECT_EQ(*got, "value" + key);
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

TEST_P(CacheContract, Allow_UpToTheLimit_ThenNotInThisWindow) {
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(limiter.Allow("key", 3, kMinute)) << i;
  EXPECT_FALSE(limiter.Allow("key", 3, kMinute));
  subject->Pass(kMinute - 1);
  EXPECT_FALSE(limiter.Allow("key", 3, kMinute));
  EXPECT_TRUE(limiter.Allow("other", 3, kMinute));

  subject->Pass(1);

  EXPECT_TRUE(limiter.Allow("key", 3, kMinute));
}

TEST_P(CacheContract, Allow_NoLimit_NeverAllows) { EXPECT_FALSE(limiter.Allow("key", 0, kMinute)); }

TEST(RedisRateLimiterTest, Allow_OnTwoNodes_CountsTogether) {
  RedisSubject one(harness::SharedRedis().url(), true), two(harness::SharedRedis().url(), true);

  EXPECT_TRUE(one.limiter().Allow("key", 2, kMinute));
  EXPECT_TRUE(two.limiter().Allow("key", 2, kMinute));

  EXPECT_FALSE(one.limiter().Allow("key", 2, kMinute));
  EXPECT_FALSE(two.limiter().Allow("key", 2, kMinute));
}

TEST(RedisCacheTest, Put_OnOneNode_IsSeenOnTheOther) {
  RedisSubject one(harness::SharedRedis().url(), true), two(harness::SharedRedis().url(), true);

  one.cache().Put("key", "value", kMinute);
  ASSERT_EQ(one.cache().Get("key"), "value");

  EXPECT_EQ(two.cache().Get("key"), "value");
}

}  // namespace
}  // namespace signalbox::contract
