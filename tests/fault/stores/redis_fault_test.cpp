// A Redis that is killed, stuck or restarted under load: every caller is answered in time.
#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/memory/memory_cache.hpp"
#include "adapters/redis/redis_cache.hpp"
#include "adapters/redis/redis_url.hpp"
#include "harness/shared_servers.hpp"
#include "ports/fakes/recording_metrics.hpp"

namespace signalbox::redis {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr int64_t kMinute = 60'000;

class RedisFaultTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto started = harness::RedisServer::Start();
    ASSERT_TRUE(started) << started.error().message();
    server_ = std::move(*started);
    auto made = Redis::Make(server_->url(), metrics_, 100);
    ASSERT_TRUE(made) << made.error().message();
    redis_ = *made;
    ASSERT_TRUE(harness::WaitUntil(5000, [&] { return Up(); })) << redis_->failure();
    cache_ = std::make_unique<RedisCache>(redis_, std::make_unique<memory::MemoryCache>(clock_, 8 << 20));
    limiter_ = std::make_unique<RedisRateLimiter>(redis_, std::make_unique<memory::MemoryRateLimiter>(clock_),
                                                  clock_);
  }

  // Four threads that put and get, until Ended.
  void StartLoad() {
    for (int t = 0; t < 4; ++t) {
      load_.emplace_back([this, t] {
        for (int i = 0; !ended_; ++i) {
          const std::string key = std::to_string(t) + "-" + std::to_string(i % 50);
          cache_->Put(key, key, kMinute);
          const auto got = cache_->Get(key);
          if (got) {
            EXPECT_EQ(*got, key);
          }
          limiter_->Allow(key, 1'000'000, kMinute);
          ++calls_;
        }
      });
    }
  }
  void EndLoad() {
    ended_ = true;
    for (auto& thread : load_) thread.join();
    load_.clear();
  }
  // Callers go on being answered.
  bool CallsGoOn() {
    const uint64_t before = calls_;
    return harness::WaitUntil(5000, [&] { return calls_ > before + 500; });
  }
  bool Up() { return redis_->failure().empty(); }

  void TearDown() override { EndLoad(); }

  const SystemClock clock_;
  ports::fakes::RecordingMetrics metrics_;
  std::unique_ptr<harness::RedisServer> server_;
  std::shared_ptr<Redis> redis_;
  std::unique_ptr<RedisCache> cache_;
  std::unique_ptr<RedisRateLimiter> limiter_;
  std::vector<std::thread> load_;
  std::atomic<bool> ended_{false};
  std::atomic<uint64_t> calls_{0};
};

TEST_F(RedisFaultTest, KilledAndRestartedUnderLoad_MemoryAnswersMeanwhile) {
  StartLoad();
  for (int round = 0; round < 3; ++round) {
    ASSERT_TRUE(CallsGoOn());
    server_->Kill();
    ASSERT_TRUE(harness::WaitUntil(5000, [&] { return !Up(); }));
    ASSERT_TRUE(CallsGoOn());
    cache_->Put("while away", "value", kMinute);
    EXPECT_EQ(cache_->Get("while away"), "value");
    ASSERT_TRUE(server_->Restart());
    EXPECT_TRUE(harness::WaitUntil(10'000, [&] { return Up(); })) << redis_->failure();
  }
}

TEST_F(RedisFaultTest, StoppedForFiveSecondsUnderLoad_IsLeftAlone) {
  StartLoad();
  ASSERT_TRUE(CallsGoOn());

  server_->Pause();
  ASSERT_TRUE(harness::WaitUntil(5000, [&] { return !Up(); }));
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (std::chrono::steady_clock::now() < end) {
    ASSERT_TRUE(CallsGoOn());
    ASSERT_FALSE(Up());
  }
  server_->Continue();

  EXPECT_TRUE(harness::WaitUntil(10'000, [&] { return Up(); })) << redis_->failure();
  EndLoad();
  cache_->Put("after", "value", kMinute);
  EXPECT_EQ(cache_->Get("after"), "value");
  EXPECT_TRUE(harness::WaitUntil(5000, [&] {
    return server_->Run({"GET", "signalbox:cache:after"}) == "value";
  }));
}

TEST_F(RedisFaultTest, PutBeforeItWentAway_IsStillAnsweredFromMemory) {
  cache_->Put("key", "value", kMinute);
  server_->Kill();
  ASSERT_TRUE(harness::WaitUntil(5000, [&] { return !Up(); }));

  EXPECT_EQ(cache_->Get("key"), "value");
  EXPECT_TRUE(limiter_->Allow("key", 1, kMinute));
  EXPECT_FALSE(limiter_->Allow("key", 1, kMinute));
}

TEST_F(RedisFaultTest, Metric_TellsWhetherItIsUp) {
  EXPECT_THAT(metrics_.Expose(), HasSubstr("signalbox_cache_backend_up 1"));

  server_->Kill();

  EXPECT_TRUE(harness::WaitUntil(5000, [&] {
    return metrics_.Expose().find("signalbox_cache_backend_up 0") != std::string::npos;
  })) << metrics_.Expose();
}

TEST_F(RedisFaultTest, ValueRedisCannotTake_IsAnsweredFromMemory) {
  server_->Run({"CONFIG", "SET", "maxmemory", "1"});
  server_->Run({"CONFIG", "SET", "maxmemory-policy", "noeviction"});

  for (int i = 0; i < 10; ++i) EXPECT_TRUE(limiter_->Allow("key", 10, kMinute)) << i;

  EXPECT_FALSE(limiter_->Allow("key", 10, kMinute));
  EXPECT_TRUE(Up());
}

TEST_F(RedisFaultTest, PasswordNeeded_IsUsedAndNeverShown) {
  server_->Run({"CONFIG", "SET", "requirepass", "s3cret word"});
  const std::string port = std::to_string(server_->port());

  const auto wrong = Redis::Make("redis://:wr0ng@127.0.0.1:" + port, metrics_, 2000);
  const auto right = Redis::Make("redis://default:s3cret%20word@127.0.0.1:" + port + "/3", metrics_, 2000);

  EXPECT_TRUE(harness::WaitUntil(5000, [&] { return (*right)->failure().empty(); })) << (*right)->failure();
  EXPECT_TRUE(harness::WaitUntil(5000, [&] {
    return (*wrong)->failure().find("WRONGPASS") != std::string::npos;
  })) << (*wrong)->failure();
  EXPECT_THAT((*wrong)->failure(), Not(HasSubstr("wr0ng")));
}

TEST(RedisUrlTest, Parse_EveryPart) {
  const auto parsed = ParseRedisUrl("redis://me:p%40ss@cache.example:7000/2?x=1");

  ASSERT_TRUE(parsed) << parsed.error().message();
  EXPECT_EQ(parsed->user, "me");
  EXPECT_EQ(parsed->password, "p@ss");
  EXPECT_EQ(parsed->name(), "redis://cache.example:7000/2");
  EXPECT_EQ(ParseRedisUrl("redis://[::1]:7000")->host, "::1");
  EXPECT_EQ(ParseRedisUrl("redis://host")->port, 6379);
}

TEST(RedisUrlTest, Parse_Mistakes_AreNamedWithoutRepeatingThem) {
  for (const auto* url : {"", "s3cret", "rediss://:s3cret@host", "redis://:s3cret@", "redis://:s3cret@host:x",
                          "redis://:s3cret@host:70000", "redis://:s3cret@host/x", "redis://:s3cret%4@host"}) {
    const auto refused = ParseRedisUrl(url);
    ASSERT_FALSE(refused) << url;
    EXPECT_EQ(refused.error().field(), "REDIS_URL");
    EXPECT_THAT(refused.error().message(), Not(HasSubstr("s3cret")));
  }
}

}  // namespace
}  // namespace signalbox::redis
