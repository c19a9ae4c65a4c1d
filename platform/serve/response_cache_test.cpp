// What is kept, for whom, and what ends it.
#include "serve/response_cache.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ports/fakes/map_cache.hpp"
#include "serve/serve_testing.hpp"

namespace signalbox::serve {
namespace {

using ::testing::ElementsAre;

class ResponseCacheTest : public ::testing::Test {
 protected:
  ResponseCacheTest() {
    for (const char* id : {"a", "b", "c"}) world_.Post(id, {{"price", 9.5}});
    world_.signals.Add("pop", "popularity").proposes = {{"a", 3}, {"b", 2}, {"c", 1}};
    world_.Script("kept",
                  "candidates { pop = 10 } cache_seconds(60) function weights() return { pop = 1 } end");
    world_.Script("default", "candidates { pop = 10 } function weights() return { pop = 1 } end");
    world_.Start();
    ServiceParts parts;
    parts.tenants = [this](std::string_view) { return world_.tenant.get(); };
    parts.clock = &world_.clock;
    parts.cache = &cache_;
    parts.metrics = &world_.metrics;
    service_ = std::make_unique<Service>(std::move(parts));
  }
  model::RecommendResponse Ask(const std::string& scenario, const std::string& user = {}) {
    model::RecommendRequest request;
    request.scenario = scenario;
    request.user = user;
    request.count = 2;
    return service_->Recommend(request).value();
  }
  double Hits() const { return world_.metrics.Value("recommendation_cache_hits_total"); }
  double Misses() const { return world_.metrics.Value("recommendation_cache_misses_total"); }

  ServeWorld world_;
  ports::fakes::MapCache cache_{world_.clock};
  std::unique_ptr<Service> service_;
};

TEST_F(ResponseCacheTest, Recommend_PopularTwice_IsKeptFor30Seconds) {
  const auto first = Ask("popular");
  world_.signals["pop"].proposes = {{"c", 3}, {"b", 2}};

  const auto second = Ask("popular");
  EXPECT_FALSE(first.cached);
  EXPECT_TRUE(second.cached);
  EXPECT_THAT(ServeWorld::Ids(second), ElementsAre("a", "b"));
  EXPECT_EQ(second.recommendations[1].reason, "pop");
  EXPECT_EQ(second.recommendations[1].score, first.recommendations[1].score);
  EXPECT_NE(second.recommendation_id, first.recommendation_id);
  EXPECT_EQ(Hits(), 1);
  EXPECT_EQ(Misses(), 1);

  world_.clock.Advance(30'000);
  EXPECT_THAT(ServeWorld::Ids(Ask("popular")), ElementsAre("c", "b"));
}

TEST_F(ResponseCacheTest, Recommend_ScenarioThatDoesNotAsk_IsNeverKept) {
  Ask("default", "u");
  EXPECT_FALSE(Ask("default", "u").cached);
  EXPECT_EQ(cache_.size(), 0u);
  EXPECT_EQ(Misses(), 0);
}

TEST_F(ResponseCacheTest, Recommend_AnotherVisitorOrEvent_IsAnotherAnswer) {
  Ask("kept", "u");
  EXPECT_TRUE(Ask("kept", "u").cached);
  EXPECT_FALSE(Ask("kept", "v").cached);
  world_.Event("u", "a", "view");
  EXPECT_FALSE(Ask("kept", "u").cached);
  EXPECT_TRUE(Ask("kept", "u").cached);
}

TEST_F(ResponseCacheTest, Recommend_OtherStoredAttributesOfTheUser_IsAnotherAnswer) {
  Ask("kept", "u");
  world_.Tell("u", {{"tier", std::string("gold")}});
  EXPECT_FALSE(Ask("kept", "u").cached);
  EXPECT_TRUE(Ask("kept", "u").cached);
}

TEST_F(ResponseCacheTest, Recommend_DeletedHiddenOrChangedCatalogue_IsNotServed) {
  Ask("popular");
  world_.Delete("a");
  EXPECT_THAT(ServeWorld::Ids(Ask("popular")), ElementsAre("b", "c"));
  world_.Post("b", {{"hidden", true}});
  EXPECT_THAT(ServeWorld::Ids(Ask("popular")), ElementsAre("c"));
}

TEST_F(ResponseCacheTest, Recommend_EveryFieldThatMatters_IsInTheKey) {
  model::RecommendRequest request;
  request.scenario = "kept";
  const auto cached = [&] { return service_->Recommend(request).value().cached; };
  EXPECT_FALSE(cached());
  request.count = 3;
  EXPECT_FALSE(cached());
  request.exclude = {{"item", "a"}};
  EXPECT_FALSE(cached());
  request.filter = "item.price < 50";
  EXPECT_FALSE(cached());
  request.context_values["device"] = std::string("phone");
  EXPECT_FALSE(cached());
  request.user_attributes["tier"] = 2.0;
  EXPECT_FALSE(cached());
  request.attributes = true;
  EXPECT_FALSE(cached());
  EXPECT_TRUE(cached());
  EXPECT_TRUE(service_->Recommend(request)->recommendations[0].attributes.has_value());
  request.explain = true;
  EXPECT_FALSE(cached());
  EXPECT_FALSE(cached());
}

TEST_F(ResponseCacheTest, Recommend_DegradedAnswer_IsNotKept) {
  world_.signals["pop"].fails = true;
  Ask("popular");
  world_.signals["pop"].fails = false;
  EXPECT_FALSE(Ask("popular").cached);
  EXPECT_TRUE(Ask("popular").cached);
}

}  // namespace
}  // namespace signalbox::serve
