// Served lists, computed again after everything has changed.
#include "serve/replayer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "serve/serve_testing.hpp"

namespace signalbox::serve {
namespace {

class KeptAnswers final : public ports::ServedAnswers {
 public:
  void Put(ports::ServedAnswer answer) override { answers.push_back(std::move(answer)); }
  std::optional<ports::ServedAnswer> Find(std::string_view id) const override {
    for (const auto& answer : answers) {
      if (answer.recommendation_id == id) return answer;
    }
    return std::nullopt;
  }
  std::vector<ports::ServedAnswer> answers;
};

// "co" proposes 00 to 19; brands by the last digit's parity.
class ReplayerTest : public ::testing::Test {
 protected:
  ReplayerTest() {
    auto& co = world_.signals.Add("co", "collaborative");
    auto& pop = world_.signals.Add("pop", "popularity");
    for (int i = 0; i < 20; ++i) {
      const std::string id = {static_cast<char>('0' + i / 10), static_cast<char>('0' + i % 10)};
      world_.Post(id, {{"brand", std::string(i % 2 == 0 ? "even" : "odd")}, {"price", double(i)}}, 10 + i);
      co.proposes.emplace_back(id, 20.0f - static_cast<float>(i));
      pop.scores[id] = static_cast<float>(i % 7);
    }
    world_.Post("gift", {{"price", 5.0}});
    world_.Event("u", "03", "purchase", ServeWorld::kNowMs - 60'000);
    world_.Event("u", "05", "view", ServeWorld::kNowMs - 30'000);
    world_.Start();
    ServiceParts parts;
    parts.tenants = [this](std::string_view) { return world_.tenant.get(); };
    parts.clock = &world_.clock;
    parts.served = &kept_;
    ServiceOptions options;
    options.keep_sample_every = 1;
    service_ = std::make_unique<Service>(std::move(parts), options);
    ScenarioServiceParts scenarios;
    scenarios.tenants = {world_.tenant.get()};
    scenarios.clock = &world_.clock;
    scenarios_ = std::make_unique<ScenarioService>(std::move(scenarios));
    replayer_ = std::make_unique<Replayer>(*scenarios_);
  }
  static model::Revision Revision(uint64_t number, const std::string& source,
                                  const std::string& name = "home") {
    model::Revision revision;
    revision.object = {"default", model::ObjectKind::kScenario, name};
    revision.number = number;
    revision.content = {source, {}, "[]"};
    return revision;
  }
  // Nothing is as it was.
  void ChangeEverything() {
    for (const char* id : {"00", "01", "gift"}) world_.Delete(id);
    world_.Post("02", {{"brand", std::string("odd")}, {"price", 900.0}});
    world_.Event("u", "02", "purchase");
    world_.signals["co"].proposes = {{"19", 1}};
    world_.clock.Advance(86'400'000);
  }

  ServeWorld world_;
  KeptAnswers kept_;
  std::unique_ptr<Service> service_;
  std::unique_ptr<ScenarioService> scenarios_;
  std::unique_ptr<Replayer> replayer_;
};

TEST_F(ReplayerTest, Replay_AfterEverythingChanged_SameBytes) {
  const auto revision = Revision(7, R"(
    candidates { co = 8 }
    function weights(ctx) return { co = 0.7, pop = ctx.history_length == 2 and 0.3 or 0 } end
    filter("no repeats", function(item, ctx) return not ctx.bought[item.id] and item.id ~= ctx.last end)
    boost("dear", { max = 1.5 }, function(item) if item.price > 3 and item.age_days < 16 then return 1.4 end end)
    rules { exclude_seen { event = "cart" }, at_most { field = "brand", count = 3, window = 5 },
            explore { share = 0.3, depth = 4 }, pin { item = "gift", position = 2 } })");
  ASSERT_TRUE(scenarios_->PutInForce(revision));
  model::RecommendRequest request;
  request.scenario = "home";
  request.user = "u";
  request.count = 10;
  request.explain = true;
  request.attributes = true;
  request.filter = "item.price < 100 and item.age_days > 1";
  ASSERT_TRUE(service_->Recommend(request));
  ASSERT_EQ(kept_.answers.size(), 1u);

  ChangeEverything();
  ASSERT_TRUE(scenarios_->PutInForce(Revision(8, "candidates { co = 10 }")));
  const auto outcome = replayer_->Replay(kept_.answers[0], &revision);

  ASSERT_TRUE(outcome) << outcome.error().message();
  EXPECT_EQ(outcome->answer, kept_.answers[0].answer);
  EXPECT_TRUE(outcome->same);
}

TEST_F(ReplayerTest, Replay_Vectors_SameBytes) {
  const auto revision =
      Revision(7, "candidates { co = 8 }\nrules { diversify { vector = 'content', lambda = 0.4 } }");
  ASSERT_TRUE(scenarios_->PutInForce(revision));
  world_.state.catalogue().LoadVectors({});
  for (int i = 0; i < 8; ++i) {
    const auto turned = static_cast<float>(i / 4);
    world_.Post("0" + std::to_string(i), {}, 10, {{"content", {1, turned, 0.3F * turned}}});
  }
  model::RecommendRequest request;
  request.scenario = "home";
  request.count = 6;
  request.explain = true;
  ASSERT_TRUE(service_->Recommend(request));

  world_.Post("01", {}, 10, {{"content", {1, 0, 0}}});
  ASSERT_TRUE(scenarios_->PutInForce(Revision(8, "candidates { co = 10 }")));
  const auto outcome = replayer_->Replay(kept_.answers[0], &revision);

  ASSERT_TRUE(outcome) << outcome.error().message();
  EXPECT_NE(outcome->answer.find("moved up"), std::string::npos);
  EXPECT_EQ(outcome->answer, kept_.answers[0].answer);
  EXPECT_TRUE(outcome->same);
}

TEST_F(ReplayerTest, Replay_StoredAttributesOfTheUser_SameBytes) {
  const auto revision = Revision(7, R"(
    candidates { co = 8 }
    boost("gold", { max = 2 }, function(item, ctx)
      if ctx.user_attributes.tier == "gold" and item.brand == "odd" then return 1.9 end
    end))");
  ASSERT_TRUE(scenarios_->PutInForce(revision));
  world_.Tell("u", {{"tier", std::string("gold")}, {"likes", std::vector<std::string>{"odd"}}});
  model::RecommendRequest request;
  request.scenario = "home";
  request.user = "u";
  request.explain = true;
  ASSERT_TRUE(service_->Recommend(request));

  world_.Tell("u", {{"tier", std::string("none")}});
  const auto outcome = replayer_->Replay(kept_.answers[0], &revision);

  ASSERT_TRUE(outcome) << outcome.error().message();
  EXPECT_NE(outcome->answer.find("gold"), std::string::npos);
  EXPECT_EQ(outcome->answer, kept_.answers[0].answer);
}

TEST_F(ReplayerTest, Replay_FallbackPopularAndNewest_SameBytes) {
  world_.Post("new", {}, 0);
  world_.signals["pop"].proposes = {{"11", 3}, {"12", 2}};
  ASSERT_TRUE(scenarios_->PutInForce(Revision(1, "candidates { co = 3 }", "other")));
  const auto revision = Revision(2, "candidates { history = 5 }\nfallback 'other'");
  ASSERT_TRUE(scenarios_->PutInForce(revision));
  model::RecommendRequest request;
  request.scenario = "home";
  request.user = "u";
  request.count = 12;
  const auto served = service_->Recommend(request);
  ASSERT_TRUE(served);
  EXPECT_EQ(served->recommendations.size(), 12u);

  ChangeEverything();
  const auto outcome = replayer_->Replay(kept_.answers[0], &revision);

  ASSERT_TRUE(outcome) << outcome.error().message();
  EXPECT_EQ(outcome->answer, kept_.answers[0].answer);
  EXPECT_TRUE(outcome->same);
}

TEST_F(ReplayerTest, Replay_NarrowedFilterAndNativeScenario_SameBytes) {
  ASSERT_TRUE(scenarios_->PutInForce(Revision(1, "candidates { co = 2 }")));
  model::RecommendRequest request;
  request.scenario = "home";
  request.count = 3;
  request.filter = "item.price > 10";
  ASSERT_TRUE(service_->Recommend(request));
  request = {};
  request.scenario = "similar";
  request.context = model::ItemKey{"item", "04"};
  ASSERT_TRUE(service_->Recommend(request));

  world_.signals["co"].proposes = {{"19", 1}};
  for (const auto& answer : kept_.answers) {
    const auto outcome = replayer_->Replay(answer, nullptr);
    ASSERT_TRUE(outcome) << outcome.error().message();
    EXPECT_EQ(outcome->answer, answer.answer);
    EXPECT_TRUE(outcome->same);
  }
}

TEST_F(ReplayerTest, Replay_AnotherRevisionOrDamage_IsRefused) {
  const auto revision = Revision(1, "candidates { co = 8 }");
  ASSERT_TRUE(scenarios_->PutInForce(revision));
  model::RecommendRequest request;
  request.scenario = "home";
  ASSERT_TRUE(service_->Recommend(request));
  auto served = kept_.answers[0];

  const auto other = Revision(1, "candidates { co = 9 }");
  EXPECT_EQ(replayer_->Replay(served, &other).error().field(), "revision");
  ASSERT_TRUE(scenarios_->PutInForce(other));
  EXPECT_EQ(replayer_->Replay(served, nullptr).error().code(), Code::kInvalidArgument);
  served.inputs[served.inputs.size() / 2] ^= 1;
  const auto damaged = replayer_->Replay(served, &revision);
  EXPECT_TRUE(!damaged || !damaged->same);
  served.inputs.clear();
  EXPECT_EQ(replayer_->Replay(served, &revision).error().code(), Code::kDataLoss);
}

TEST_F(ReplayerTest, Recommend_ScriptFails_IsNotKept) {
  ASSERT_TRUE(scenarios_->PutInForce(
      Revision(1, "candidates { co = 8 }\nfilter('broken', function(item) return item.no.no end)")));
  model::RecommendRequest request;
  request.scenario = "home";

  ASSERT_TRUE(service_->Recommend(request));

  EXPECT_TRUE(kept_.answers.empty());
}

}  // namespace
}  // namespace signalbox::serve
