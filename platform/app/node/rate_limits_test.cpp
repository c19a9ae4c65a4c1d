// Who is refused, and for how long.
#include "app/node/rate_limits.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/memory/memory_cache.hpp"
#include "ports/fakes/recording_metrics.hpp"

namespace signalbox::app {
namespace {

using ::testing::HasSubstr;

class RateLimitsTest : public ::testing::Test {
 protected:
  // The answer's status; 200 = it may pass.
  int Ask(RateLimits& limits, const std::string& path, const std::string& client = "10.0.0.1",
          const std::string& header = "", const std::string& value = "") {
    ports::HttpRequest request;
    request.method = "GET";
    request.path = path;
    request.client = client;
    if (!header.empty()) request.headers.emplace_back(header, value);
    refusal_ = limits.Check(request);
    return refusal_ ? refusal_->status : 200;
  }
  RateLimits Make(const RateLimitSettings& settings) { return {settings, limiter_, clock_, metrics_}; }

  ManualClock clock_{1'700'000'000'250};
  memory::MemoryRateLimiter limiter_{clock_};
  ports::fakes::RecordingMetrics metrics_;
  std::optional<ports::HttpResponse> refusal_;
};

TEST_F(RateLimitsTest, Check_MoreThanTheLimit_Is429UntilTheWindowEnds) {
  RateLimitSettings settings;
  settings.recommendations = 2;
  settings.window_seconds = 10;
  RateLimits limits = Make(settings);

  EXPECT_EQ(Ask(limits, "/recommendations"), 200);
  EXPECT_EQ(Ask(limits, "/popular"), 200);
  EXPECT_EQ(Ask(limits, "/recommendations"), 429);

  EXPECT_THAT(refusal_->body, HasSubstr(R"("code":"rate_limited")"));
  // The window ends at ...010; 9.75 s are left.
  EXPECT_THAT(refusal_->headers, ::testing::ElementsAre(::testing::Pair("Retry-After", "10")));
  EXPECT_EQ(metrics_.Value("signalbox_http_rate_limited_total", {{"class", "recommendations"}}), 1);
  clock_.Advance(9'750);
  EXPECT_EQ(Ask(limits, "/recommendations"), 200);
}

TEST_F(RateLimitsTest, Check_OtherClassOrClient_CountsForItself) {
  RateLimitSettings settings;
  settings.events = settings.users = settings.catalogue = 1;
  RateLimits limits = Make(settings);

  for (const char* path : {"/events", "/items", "/users/u"}) EXPECT_EQ(Ask(limits, path), 200) << path;
  for (const char* path : {"/events", "/items/a", "/users/u/merge"})
    EXPECT_EQ(Ask(limits, path), 429) << path;
  EXPECT_EQ(Ask(limits, "/events", "10.0.0.2"), 200);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(Ask(limits, "/users/u/history"), 200);
}

TEST_F(RateLimitsTest, Check_ByKey_CountsKeysAndElseAddresses) {
  RateLimitSettings settings;
  settings.events = 1;
  settings.by_key = true;
  RateLimits limits = Make(settings);

  EXPECT_EQ(Ask(limits, "/events", "10.0.0.1", "X-API-Key", "one"), 200);
  EXPECT_EQ(Ask(limits, "/events", "10.0.0.2", "authorization", "Bearer one"), 429);
  EXPECT_EQ(Ask(limits, "/events", "10.0.0.1", "X-API-Key", "two"), 200);
  EXPECT_EQ(Ask(limits, "/events", "10.0.0.1"), 200);
  EXPECT_EQ(Ask(limits, "/events", "10.0.0.1"), 429);
}

TEST_F(RateLimitsTest, Check_ByAddress_IgnoresKeys) {
  RateLimitSettings settings;
  settings.events = 1;
  RateLimits limits = Make(settings);

  EXPECT_EQ(Ask(limits, "/events", "10.0.0.1", "X-API-Key", "one"), 200);
  EXPECT_EQ(Ask(limits, "/events", "10.0.0.1", "X-API-Key", "two"), 429);
}

}  // namespace
}  // namespace signalbox::app
