// Revisions put in force, tried as drafts, and exchanged under load.
#include "serve/scenario_service.hpp"

#include <atomic>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "serve/serve_testing.hpp"

namespace signalbox::serve {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

class ScenarioServiceTest : public ::testing::Test {
 protected:
  ScenarioServiceTest() {
    for (const char* id : {"a", "b", "c"}) world_.Post(id);
    world_.signals.Add("co", "collaborative").proposes = {{"a", 4}, {"b", 2}, {"c", 1}};
    world_.signals.Add("pop", "popularity").proposes = {{"c", 9}, {"b", 5}, {"a", 1}};
    world_.parts.defaults.weights = {{"pop", 1}};
    world_.parts.on_failing = [this](const std::string& tenant, const std::string& scenario,
                                     uint64_t number) {
      failing_.push_back(tenant + "/" + scenario + "@" + std::to_string(number));
    };
  }
  void Start() {
    world_.Start();
    ScenarioServiceParts parts;
    parts.tenants = {world_.tenant.get()};
    parts.clock = &world_.clock;
    service_ = std::make_unique<ScenarioService>(std::move(parts));
  }
  static model::Revision Revision(const std::string& name, uint64_t number, const std::string& source,
                                  std::map<std::string, double> values = {}) {
    model::Revision revision;
    revision.object = {"default", model::ObjectKind::kScenario, name};
    revision.number = number;
    revision.content = {source, std::move(values), "[]"};
    return revision;
  }
  // A scenario that gives one signal all the weight.
  static std::string Only(const std::string& signal) {
    return "candidates { co = 10, pop = 10 }\nfunction weights() return { " + signal + " = 1 } end";
  }
  Result<model::RecommendResponse> Ask(const std::string& scenario) {
    model::RecommendRequest request;
    request.scenario = scenario;
    return world_.service->Recommend(request);
  }

  ServeWorld world_;
  std::vector<std::string> failing_;
  std::unique_ptr<ScenarioService> service_;
};

TEST_F(ScenarioServiceTest, PutInForce_NewRevision_AnswersTheNextRequest) {
  Start();

  ASSERT_TRUE(service_->PutInForce(Revision("home", 1, Only("co"))));
  EXPECT_THAT(ServeWorld::Ids(Ask("home")), ElementsAre("a", "b", "c"));
  ASSERT_TRUE(service_->PutInForce(Revision("home", 17, Only("pop"))));

  const auto response = Ask("home");
  EXPECT_EQ(response->revision, "home@17");
  EXPECT_THAT(ServeWorld::Ids(response), ElementsAre("c", "b", "a"));
  EXPECT_THAT(service_->Running("default"), ElementsAre(Pair("home", "home@17")));
}

TEST_F(ScenarioServiceTest, PutInForce_Values_StandInForTheScripts) {
  Start();
  const std::string source =
      "tunable('co', 1) tunable('pop', 0)\ncandidates { co = 10, pop = 10 }\n"
      "function weights() return { co = tune.co, pop = tune.pop } end";

  ASSERT_TRUE(service_->PutInForce(Revision("home", 2, source, {{"co", 0}, {"pop", 1}})));

  EXPECT_THAT(ServeWorld::Ids(Ask("home")), ElementsAre("c", "b", "a"));
  const auto facts = service_->Check(Revision("home", 3, source).object, {source, {{"pop", 1}}, "[]"});
  EXPECT_EQ(facts->tunables[1].value, 1);
  EXPECT_EQ(facts->tunables[1].script_value, 0);
}

TEST_F(ScenarioServiceTest, PutInForce_Invalid_IsRefusedAndTheOldOneGoesOn) {
  Start();
  ASSERT_TRUE(service_->PutInForce(Revision("home", 1, Only("co"))));

  const auto refused = service_->PutInForce(Revision("home", 2, "candidates { co = 10 }\nnonsense("));

  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("home.lua:2:"));
  EXPECT_EQ(Ask("home")->revision, "home@1");
}

TEST_F(ScenarioServiceTest, Check_BadValuesSignalsOrTenant_NamesTheField) {
  Start();
  const model::ObjectName home{"default", model::ObjectKind::kScenario, "home"};
  const std::string source = "tunable('co', 1)\ncandidates { co = 10 }";

  EXPECT_EQ(service_->Check(home, {source, {{"c", 1}}, "[]"}).error().field(), "values.c");
  EXPECT_EQ(service_->Check(home, {source, {{"c", 1}}, "[]"}).error().hint(), "did you mean 'co'?");
  EXPECT_EQ(service_->Check(home, {source, {{"co", 7}}, "[]"}).error().field(), "values.co");
  EXPECT_EQ(service_->Check(home, {"candidates { cp = 1 }", {}, "[]"}).error().field(), "candidates.cp");
  EXPECT_EQ(service_->Check({"nobody", home.kind, "home"}, {source, {}, "[]"}).error().code(),
            Code::kNotFound);
  EXPECT_THAT(service_->Check(home, {"where { stok = { above = 0 } }", {}, "[]"})->warnings,
              ElementsAre(HasSubstr("'stok'")));
}

TEST_F(ScenarioServiceTest, Retire_ScriptOfANativeScenario_IsNativeAgain) {
  Start();
  ASSERT_TRUE(service_->PutInForce(Revision("popular", 1, Only("co"))));
  ASSERT_TRUE(service_->PutInForce(Revision("home", 1, Only("co"))));

  ASSERT_TRUE(service_->Retire({"default", model::ObjectKind::kScenario, "popular"}));
  ASSERT_TRUE(service_->Retire({"default", model::ObjectKind::kScenario, "home"}));

  EXPECT_THAT(ServeWorld::Ids(Ask("popular")), ElementsAre("c", "b", "a"));
  EXPECT_EQ(Ask("home").error().field(), "scenario");
  EXPECT_THAT(service_->Running("default"), IsEmpty());
}

TEST_F(ScenarioServiceTest, SetSafeMode_On_ServesNativeWeightsAndKeepsWhere) {
  Start();
  world_.Post("b", {{"stock", 0.0}});
  ASSERT_TRUE(service_->PutInForce(
      Revision("home", 1, Only("co") + "\nwhere { stock = { above = 0, or_absent = true } }")));

  service_->SetSafeMode(true);
  const auto safe = Ask("home");
  service_->SetSafeMode(false);

  EXPECT_THAT(ServeWorld::Ids(safe), ElementsAre("c", "a"));
  EXPECT_EQ(safe->revision, "home@safe");
  EXPECT_THAT(ServeWorld::Ids(Ask("home")), ElementsAre("a", "c"));
}

TEST_F(ScenarioServiceTest, Draft_OfAnotherRevision_AnswersBesideItAndCountsNowhere) {
  Start();
  ASSERT_TRUE(service_->PutInForce(Revision("home", 1, Only("co"))));

  const auto draft = service_->Draft(Revision("home", 2, Only("pop")));
  ASSERT_TRUE(draft);
  const auto response = (*draft)->Recommend({});

  EXPECT_EQ(response->revision, "home@2");
  EXPECT_THAT(ServeWorld::Ids(response), ElementsAre("c", "b", "a"));
  EXPECT_EQ(Ask("home")->revision, "home@1");
  EXPECT_EQ(world_.metrics.Value("recommendation_requests_total", {{"scenario", "home"}}), 1);
}

TEST_F(ScenarioServiceTest, Draft_ThatComparesVectors_WaitsForThemAndPublishedOnesAreKept) {
  Start();
  const std::string source = Only("co") + "\nrules { diversify { vector = 'content' } }";

  const auto draft = service_->Draft(Revision("home", 3, source));
  ASSERT_TRUE(draft) << draft.error().message();
  EXPECT_EQ((*draft)->Recommend({}).error().code(), Code::kUnavailable);
  world_.state.catalogue().LoadVectors({});
  EXPECT_THAT(ServeWorld::Ids((*draft)->Recommend({})), ElementsAre("a", "b", "c"));

  ASSERT_TRUE(service_->PutInForce(Revision("home", 3, source)));
  EXPECT_EQ(world_.state.catalogue().VectorsAfter(), std::nullopt);
  ASSERT_TRUE(service_->PutInForce(Revision("home", 4, Only("co"))));
  EXPECT_TRUE(world_.state.catalogue().VectorsAfter());
  world_.state.catalogue().LoadVectors({});
  EXPECT_EQ(world_.state.catalogue().view()->Vectors("content"), nullptr);
}

TEST_F(ScenarioServiceTest, Draft_WhoseScriptFails_AnswersNativelyAndCountsNowhere) {
  Start();
  const auto draft = service_->Draft(
      Revision("home", 2, Only("co") + "\nfilter('broken', function(item) return item.no.no end)"));

  for (int i = 0; i < 30; ++i) {
    EXPECT_THAT(ServeWorld::Ids((*draft)->Recommend({})), ElementsAre("c", "b", "a"));
  }

  EXPECT_THAT(failing_, IsEmpty());
  EXPECT_EQ(world_.metrics.Value("signalbox_script_errors_total", {{"scenario", "home"}}), 0);
}

TEST_F(ScenarioServiceTest, Recommend_TwentyFaultsInAMinute_TellsOnceAndAnswersNatively) {
  Start();
  ASSERT_TRUE(service_->PutInForce(
      Revision("home", 3, Only("co") + "\nfilter('broken', function(item) return item.no.no end)")));

  for (int i = 0; i < 50; ++i) EXPECT_THAT(ServeWorld::Ids(Ask("home")), ElementsAre("c", "b", "a"));

  EXPECT_THAT(failing_, ElementsAre("default/home@3"));
  EXPECT_EQ(world_.metrics.Value("signalbox_script_errors_total", {{"scenario", "home"}}), 20);
  ASSERT_TRUE(service_->PutInForce(Revision("home", 2, Only("co"))));
  EXPECT_THAT(ServeWorld::Ids(Ask("home")), ElementsAre("a", "b", "c"));
}

// Each revision weighs one signal and asks for one category of items: an answer that mixes two
// revisions, or an error, would show.
TEST_F(ScenarioServiceTest, PutInForce_ManyTimesUnderLoad_NoErrorNoMixAndNothingKept) {
  constexpr uint64_t kPublishes = 400;
  for (const char* id : {"a", "b", "c"}) world_.Post(id, {{"stock", id[0] == 'b' ? 0.0 : 1.0}});
  world_.signals.remembers = false;
  Start();
  const auto source = [](uint64_t number) {
    return number % 2 == 0 ? Only("co") : Only("pop") + "\nwhere { stock = { above = 0 } }";
  };
  ASSERT_TRUE(service_->PutInForce(Revision("home", 1, source(1))));
  std::atomic<bool> done{false};
  std::atomic<uint64_t> answers{0}, errors{0}, mixed{0};
  std::vector<std::thread> visitors;
  for (int i = 0; i < 3; ++i) {
    visitors.emplace_back([&] {
      while (!done.load()) {
        const auto response = Ask("home");
        ++answers;
        if (!response) {
          ++errors;
          continue;
        }
        const bool even = std::stoull(response->revision.substr(5)) % 2 == 0;
        const std::vector<std::string> wanted =
            even ? std::vector<std::string>{"a", "b", "c"} : std::vector<std::string>{"c", "a"};
        mixed += ServeWorld::Ids(response) != wanted;
      }
    });
  }
  std::vector<std::weak_ptr<const Plan>> plans;

  for (uint64_t number = 2; number <= kPublishes; ++number) {
    ASSERT_TRUE(service_->PutInForce(Revision("home", number, source(number))));
    plans.push_back(world_.tenant->Find("home"));
    for (const uint64_t seen = answers; answers < seen + 3;) std::this_thread::yield();
  }
  done = true;
  for (auto& visitor : visitors) visitor.join();
  world_.epochs.Collect();

  EXPECT_EQ(errors, 0u);
  EXPECT_EQ(mixed, 0u);
  EXPECT_GE(answers, 3 * (kPublishes - 1));
  EXPECT_EQ(world_.epochs.pending(), 0u);
  const auto alive = std::count_if(plans.begin(), plans.end(), [](const auto& p) { return !p.expired(); });
  EXPECT_EQ(alive, 1);
  EXPECT_LE(world_.tenant->eligibility().size(), 2u);
}

}  // namespace
}  // namespace signalbox::serve
