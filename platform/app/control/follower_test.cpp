#include "app/control/follower.hpp"

#include <chrono>
#include <thread>

#include <gmock/gmock.h>

#include "ports/fakes/memory_control_store.hpp"
#include "ports/fakes/recording_metrics.hpp"
#include "ports/fakes/recording_runtime.hpp"

namespace signalbox::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

class FollowerTest : public ::testing::Test {
 protected:
  model::ObjectName Scenario(const std::string& name) {
    return {"default", model::ObjectKind::kScenario, name};
  }
  // Publishes a source; its number.
  uint64_t Publish(const std::string& name, const std::string& source) {
    const auto current = store.Current(Scenario(name));
    const uint64_t base = *current ? (*current)->number : 0;
    const auto draft = store.AddDraft(Scenario(name), base, {source}, anna);
    store.MarkValidated(Scenario(name), draft->number, anna);
    EXPECT_TRUE(store.Publish(Scenario(name), draft->number, anna));
    return draft->number;
  }
  std::map<std::string, std::string> Running() { return runtime.Running("default"); }

  ManualClock clock{1'700'000'000'000};
  ports::fakes::MemoryControlStore store{clock};
  ports::fakes::RecordingRuntime runtime;
  ports::fakes::RecordingMetrics metrics;
  const ports::Author anna{"anna", ""};
  ControlFollower follower{store, runtime, clock, metrics, {"here", "admin", true}};
};

TEST_F(FollowerTest, Sync_WhatIsInForce_RunsAndLaterOnlyWhatChanged) {
  Publish("home", "one");
  Publish("cart", "two");

  follower.Sync();
  Publish("home", "three");
  follower.Sync();
  follower.Sync();

  EXPECT_THAT(Running(), UnorderedElementsAre(Pair("home", "home@2"), Pair("cart", "cart@1")));
  EXPECT_THAT(runtime.put(), UnorderedElementsAre("home@1", "cart@1", "home@2"));
  EXPECT_EQ(follower.status().epoch, 3u);
}

TEST_F(FollowerTest, RunOnce_OncePerHour_DeletesWhatIsPastItsTime) {
  FollowerOptions options{"here", "admin", true};
  options.tenants = {"default"};
  options.retention.drafts_ms = 1000;
  ControlFollower pruning(store, runtime, clock, metrics, options);
  const auto drafts = [&] { return store.History(Scenario("home"), 0, 10)->size(); };
  store.AddDraft(Scenario("home"), 0, {"one"}, anna);
  store.AddDraft(Scenario("home"), 0, {"two"}, anna);

  pruning.RunOnce();
  EXPECT_EQ(drafts(), 2u);
  clock.Advance(3'599'000);
  pruning.RunOnce();
  EXPECT_EQ(drafts(), 2u);
  clock.Advance(1000);
  pruning.RunOnce();

  EXPECT_EQ(drafts(), 1u);
}

TEST_F(FollowerTest, Sync_ScenarioThatExtendsALaterOne_Runs) {
  Publish("a_first_by_name", "extends=base");
  Publish("base", "one");

  follower.Sync();

  EXPECT_EQ(Running()["a_first_by_name"], "a_first_by_name@1");
  EXPECT_THAT(follower.status().problems, IsEmpty());
}

TEST_F(FollowerTest, Sync_RevisionThatDoesNotCompileHere_KeepsTheFormerAndSaysSo) {
  Publish("home", "one");
  follower.Sync();

  Publish("home", "broken");
  follower.Sync();

  EXPECT_EQ(Running()["home"], "home@1");
  EXPECT_THAT(follower.status().problems, ElementsAre(Pair("home@2", "home.lua:1: broken")));
}

TEST_F(FollowerTest, Sync_AtStartWithABrokenRevision_RunsTheNewestEarlierOneThatCompiles) {
  Publish("home", "one");
  Publish("home", "two");
  Publish("home", "broken");

  follower.Sync();

  EXPECT_EQ(Running()["home"], "home@2");
  EXPECT_THAT(follower.status().problems, ElementsAre(Pair("home@3", HasSubstr("broken"))));
}

TEST_F(FollowerTest, Sync_BrokenForLackOfItsBase_RunsOnceThatIsPublished) {
  Publish("home", "extends=base");
  follower.Sync();
  ASSERT_THAT(follower.status().problems, ElementsAre(Pair("home@1", HasSubstr("base"))));

  Publish("base", "one");
  follower.Sync();

  EXPECT_EQ(Running()["home"], "home@1");
  EXPECT_THAT(follower.status().problems, IsEmpty());
}

TEST_F(FollowerTest, Sync_RetiredAndSafeMode_AreFollowed) {
  Publish("home", "one");
  follower.Sync();

  store.Retire(Scenario("home"), 1, anna);
  store.SetSafeMode(true, anna);
  follower.Sync();

  EXPECT_THAT(Running(), IsEmpty());
  EXPECT_TRUE(runtime.safe_mode());
  EXPECT_TRUE(follower.status().safe_mode);
}

TEST_F(FollowerTest, Sync_StoreAway_GoesOnAndCatchesUp) {
  Publish("home", "one");
  follower.Sync();
  Publish("home", "two");

  store.FailCalls(Error(Code::kUnavailable, "away"));
  follower.Sync();
  EXPECT_EQ(Running()["home"], "home@1");
  EXPECT_EQ(follower.status().store_error, "away");
  store.FailCalls(std::nullopt);
  follower.Sync();

  EXPECT_EQ(Running()["home"], "home@2");
  EXPECT_EQ(follower.status().store_error, "");
}

TEST_F(FollowerTest, RunOnce_FailingScript_RevertsOnceAndRaisesAnAlert) {
  Publish("home", "one");
  Publish("home", "two");
  follower.Sync();

  follower.NoteFailing("default", "home", 2);
  follower.RunOnce();

  EXPECT_EQ(Running()["home"], "home@1");
  EXPECT_TRUE((*store.Get(Scenario("home"), 2))->failed);
  EXPECT_THAT(follower.status().reverts, ElementsAre(HasSubstr("home@2 failed too often; home@1")));
  EXPECT_EQ(metrics.Value("signalbox_script_reverts_total", {{"tenant", "default"}, {"scenario", "home"}}),
            1);
}

TEST_F(FollowerTest, RunOnce_FailingWhileTheStoreIsAway_RevertsLater) {
  Publish("home", "one");
  follower.Sync();
  follower.NoteFailing("default", "home", 1);

  store.FailCalls(Error(Code::kUnavailable, "away"));
  follower.RunOnce();
  store.FailCalls(std::nullopt);
  follower.RunOnce();

  EXPECT_THAT(Running(), IsEmpty());
}

TEST_F(FollowerTest, RunOnce_PlanThatIsDue_IsPublishedAndRuns) {
  const auto draft = store.AddDraft(Scenario("home"), 0, {"one"}, anna);
  store.MarkValidated(Scenario("home"), draft->number, anna);
  ports::PlannedPublish plan;
  plan.object = Scenario("home");
  plan.number = 1;
  plan.publish_at_ms = clock.now_ms() + 1000;
  plan.author = anna;
  ASSERT_TRUE(store.Plan(plan));

  follower.RunOnce();
  EXPECT_THAT(Running(), IsEmpty());
  clock.Advance(1000);
  follower.RunOnce();

  EXPECT_EQ(Running()["home"], "home@1");
}

TEST_F(FollowerTest, RunOnce_Reports_WhatItRunsAndWhatItCannot) {
  Publish("home", "broken");

  follower.RunOnce();
  clock.Advance(5000);
  follower.RunOnce();

  const auto nodes = store.Nodes(0);
  ASSERT_EQ(nodes->size(), 1u);
  EXPECT_EQ(nodes->front().node, "here");
  EXPECT_EQ(nodes->front().epoch, 1u);
  EXPECT_THAT(nodes->front().problems, HasSubstr("home@1: home.lua:1: broken"));
}

TEST_F(FollowerTest, Start_APublish_IsFollowedInTheBackground) {
  ControlFollower background(store, runtime, clock, metrics, {"there", "recommend", false, 1});
  background.Start();

  Publish("home", "one");

  for (int i = 0; i < 10'000 && background.status().epoch == 0; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_EQ(Running()["home"], "home@1");
  background.Stop();
}

}  // namespace
}  // namespace signalbox::app
