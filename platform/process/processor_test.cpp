// Records become state once and in order; what cannot be applied is kept aside.
#include "process/processor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ports/user_attributes.hpp"
#include "process/testing/test_node.hpp"

namespace signalbox::process {
namespace {

using ::testing::EndsWith;
using testing::Event;
using testing::TestNode;
using testing::World;

TEST(ProcessorTest, Replay_EventsOfOneVisitor_AreTaughtWithTheHistoryBeforeThem) {
  World world(3);
  TestNode node(world);
  node.Append({Event("anna", "tent", 0), Event("anna", "stove", 1), Event("anna", "mug", 100)});

  ASSERT_TRUE(node.processor.Replay(nullptr));

  const auto& lines = node.signals.at(0).lines;
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_THAT(lines[0], EndsWith(" tent after in session 0 at 0"));
  EXPECT_THAT(lines[1], EndsWith(" stove after tent in session 1 at 1"));
  // 99 minutes later: a new session, the history goes on.
  EXPECT_THAT(lines[2], EndsWith(" mug after tent stove in session 0 at 0"));
}

TEST(ProcessorTest, Replay_SameClientIdTwice_CountsOnce) {
  World world(3);
  TestNode node(world);
  auto event = Event("anna", "tent", 0);
  event.event_id = "e-1";
  event.client_event_id = true;
  node.Append({event});
  node.Append({event});

  ASSERT_TRUE(node.processor.Replay(nullptr));

  EXPECT_EQ(node.signals.at(0).lines.size(), 1u);
  EXPECT_TRUE(node.processor.IsDuplicate("default", "e-1"));
  EXPECT_FALSE(node.processor.IsDuplicate("default", "e-2"));
  EXPECT_EQ(world.metrics.Value("signalbox_process_duplicates_total"), 1);
}

TEST(ProcessorTest, Replay_UnknownTypeTenantOrDamage_GoesToDeadLettersAndTheRestIsApplied) {
  World world(1);
  TestNode node(world);
  auto stranger = Event("anna", "tent", 0);
  stranger.tenant = "nobody";
  node.Append({Event("anna", "tent", 0, "stare"), stranger});
  (void)ports::fakes::AppendAndWait(node.log, {{"k", "not a record"}});
  node.Append({Event("anna", "mug", 1)});

  ASSERT_TRUE(node.processor.Replay(nullptr));

  ASSERT_EQ(world.dead_letters.letters.size(), 3u);
  EXPECT_THAT(world.dead_letters.letters[0].reason, ::testing::HasSubstr("\"stare\" is not registered"));
  EXPECT_THAT(world.dead_letters.letters[1].reason, ::testing::HasSubstr("tenant is not configured"));
  EXPECT_EQ(node.signals.at(0).lines.size(), 1u);
}

TEST(ProcessorTest, Replay_OffsetsWithoutRecords_ArePassedAlsoAtTheEnd) {
  World world(1);
  TestNode node(world);
  node.log.SkipOffset(0);
  node.Append({Event("anna", "tent", 0)});
  node.log.SkipOffset(0);
  node.log.SkipOffset(0);

  ASSERT_TRUE(node.processor.Replay(nullptr));

  EXPECT_EQ(node.signals.at(0).lines.size(), 1u);
  EXPECT_EQ(node.processor.Applied(), model::Offsets{4});
  node.processor.WithStatePaused([](const Progress& progress) {
    EXPECT_EQ(progress.offsets, model::Offsets{2});  // behind a record, which a start can read again
  });
}

TEST(ProcessorTest, Replay_WhatOthersWrote_IsBuriedWithItsProblemWhateverItLooksLike) {
  World world(1);
  TestNode node(world);
  std::string record;
  model::EncodeRecord(Event("anna", "tent", 0), &record);
  node.log.PutEntry(0, {.payload = record, .problem = "content-type text/xml"});
  node.log.PutEntry(0, {.payload = "", .problem = ""});

  ASSERT_TRUE(node.processor.Replay(nullptr));

  ASSERT_EQ(world.dead_letters.letters.size(), 2u);
  EXPECT_EQ(world.dead_letters.letters[0].reason, "content-type text/xml");
  EXPECT_TRUE(node.signals.at(0).lines.empty());
}

TEST(ProcessorTest, Follow_RunningNode_TellsItsLagByPartition) {
  World world(1);
  TestNode node(world);
  node.Append({Event("anna", "tent", 0), Event("anna", "mug", 1)});

  node.processor.Start();
  EXPECT_TRUE(node.processor.WaitFor({0, 1}, 60'000));
  node.processor.Stop();

  // Measured when it began to follow, and every second from there.
  EXPECT_EQ(world.metrics.Value("signalbox_process_lag_records", {{"partition", "0"}}), 2);
}

TEST(ProcessorTest, Replay_EventWithUserAndSession_JoinsTheAnonymousPast) {
  World world(1);
  TestNode node(world);
  auto anonymous = Event("", "tent", 0);
  anonymous.session = "s1";
  auto login = Event("anna", "mug", 1);
  login.session = "s1";
  node.Append({anonymous, login});

  ASSERT_TRUE(node.processor.Replay(nullptr));

  const EpochDomain::Pin pin(node.epochs);
  const auto user = node.tenant.users().Read(node.tenant.KeyOfUser("anna"));
  ASSERT_TRUE(user.exists());
  EXPECT_EQ(user.history_size(), 2u);
  EXPECT_EQ(node.tenant.users().Resolve(node.tenant.KeyOfSession("s1")), node.tenant.KeyOfUser("anna"));
  EXPECT_THAT(node.signals.at(0).lines[1], EndsWith(" mug after tent in session 1 at 1"));
}

TEST(ProcessorTest, Replay_ForgetRecord_ErasesTheUserEverywhere) {
  World world(1);
  TestNode node(world);
  model::LogRecord forget;
  forget.kind = model::RecordKind::kForget;
  forget.user = "anna";
  node.Append({Event("anna", "tent", 0), forget});

  ASSERT_TRUE(node.processor.Replay(nullptr));

  const EpochDomain::Pin pin(node.epochs);
  EXPECT_FALSE(node.tenant.users().Read(node.tenant.KeyOfUser("anna")).exists());
  EXPECT_EQ(node.signals.at(0).forgotten.size(), 1u);
}

// The event before the merge was taught under the session's key.
TEST(ProcessorTest, Replay_ForgetAfterMerge_ErasesTheSessionFromTheSignalsToo) {
  World world(1);
  TestNode node(world);
  auto anonymous = Event("", "tent", 0);
  anonymous.session = "s1";
  model::LogRecord merge;
  merge.kind = model::RecordKind::kMerge;
  merge.from = "s1";
  merge.user = "anna";
  model::LogRecord forget;
  forget.kind = model::RecordKind::kForget;
  forget.user = "anna";
  node.Append({anonymous, merge, Event("anna", "mug", 1), forget});

  ASSERT_TRUE(node.processor.Replay(nullptr));

  EXPECT_EQ(node.signals.at(0).forgotten,
            (std::vector<uint64_t>{node.tenant.KeyOfUser("anna"), node.tenant.KeyOfSession("s1")}));
}

TEST(ProcessorTest, Replay_ForgetWithSession_ErasesItWhileItIsNobodys) {
  World world(1);
  TestNode node(world);
  auto anonymous = Event("", "tent", 0), annas = Event("", "mug", 1);
  anonymous.session = "s1";
  annas.session = "s2";
  model::LogRecord merge;
  merge.kind = model::RecordKind::kMerge;
  merge.from = "s2";
  merge.user = "anna";
  model::LogRecord forget_s1, forget_s2;
  forget_s1.kind = forget_s2.kind = model::RecordKind::kForget;
  forget_s1.user = forget_s1.session = "s1";
  forget_s2.user = forget_s2.session = "s2";
  node.Append({anonymous, annas, merge, forget_s1, forget_s2});

  ASSERT_TRUE(node.processor.Replay(nullptr));

  const EpochDomain::Pin pin(node.epochs);
  const auto& users = node.tenant.users();
  EXPECT_FALSE(users.Read(node.tenant.KeyOfSession("s1")).exists());
  EXPECT_TRUE(users.Read(node.tenant.KeyOfUser("anna")).exists());
}

TEST(ProcessorTest, Start_NewAppend_IsAppliedAndWaitersWake) {
  World world(3);
  TestNode node(world);
  node.processor.Start();
  auto record = Event("anna", "tent", 0);
  ports::AppendRequest request{model::PartitionKey(record), {}};
  model::EncodeRecord(record, &request.payload);
  const auto positions = ports::fakes::AppendAndWait(node.log, {request});

  EXPECT_TRUE(node.processor.WaitFor(positions->front(), 5000));

  node.processor.Stop();
  EXPECT_EQ(node.signals.at(0).lines.size(), 1u);
}

// A node that runs: the log comes back shorter, and perhaps grows again before anybody looks.
class InterruptionTest : public ::testing::Test {
 protected:
  bool Truncated() {
    return world.metrics.Value("signalbox_process_log_truncated", {{"partition", "0"}}) == 1;
  }
  bool Within(int ms, const std::function<bool()>& holds) {
    for (int i = 0; i < ms / 5 && !holds(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return holds();
  }

  World world{1};
  TestNode node{world};
};

TEST_F(InterruptionTest, SameLogComesBack_GoesOnWithoutLossOrDoubling) {
  node.Append({Event("anna", "tent", 0), Event("anna", "mug", 1)});
  node.processor.Start();
  ASSERT_TRUE(node.processor.WaitFor({0, 1}, 5000));

  node.log.Interrupt(0, 2);
  node.Append({Event("anna", "lamp", 2)});

  EXPECT_TRUE(node.processor.WaitFor({0, 2}, 5000));
  node.processor.Stop();
  EXPECT_EQ(node.signals.at(0).lines.size(), 3u);
  EXPECT_FALSE(Truncated());
}

TEST_F(InterruptionTest, LogComesBackShorterAndGrows_IsToldAndNothingMoreIsApplied) {
  node.Append({Event("anna", "tent", 0), Event("anna", "mug", 1)});
  node.processor.Start();
  ASSERT_TRUE(node.processor.WaitFor({0, 1}, 5000));

  node.log.Interrupt(0, 1);
  node.Append({Event("ben", "sofa", 2), Event("ben", "lamp", 3), Event("ben", "vase", 4)});

  EXPECT_TRUE(Within(5000, [&] { return Truncated(); }));
  EXPECT_THAT(node.processor.failure(), ::testing::HasSubstr("was truncated or replaced"));
  EXPECT_EQ(node.signals.at(0).lines.size(), 2u);
  node.processor.Stop();
}

TEST_F(InterruptionTest, LogComesBackShorter_IsToldUntilTheOldOneIsBack) {
  node.Append({Event("anna", "tent", 0), Event("anna", "mug", 1)});
  const auto entries = world.storage->partitions[0].entries;
  node.processor.Start();
  ASSERT_TRUE(node.processor.WaitFor({0, 1}, 5000));

  node.log.Interrupt(0, 0);
  EXPECT_TRUE(Within(5000, [&] { return Truncated(); }));
  {
    const std::lock_guard lock(world.storage->mutex);
    world.storage->partitions[0].entries = entries;
  }

  EXPECT_TRUE(Within(5000, [&] { return !Truncated(); }));
  EXPECT_EQ(node.processor.failure(), "");
  node.processor.Stop();
}

TEST(ProcessorTest, CatchUpCatalogue_PutAndDelete_ReachesMirrorAndSignals) {
  World world(1);
  TestNode node(world);
  ASSERT_TRUE(
      world.catalogue.Put("default", {{.id = "tent", .attributes = {{"price", 10.0}}}, {.id = "mug"}}));
  ASSERT_TRUE(world.catalogue.Delete("default", {.id = "mug"}));

  ASSERT_TRUE(node.processor.CatchUpCatalogue());

  EXPECT_EQ(node.tenant.catalogue().view()->epoch(), 3u);
  EXPECT_EQ(node.signals.at(0).catalogue, (std::map<std::string, bool>{{"mug", false}, {"tent", true}}));
}

// What signals read as an item's age: the store's word, whoever heard of the item first and whenever
// the state is built.
TEST(ProcessorTest, Replay_ItemsWithoutCreatedAt_AreAsOldAsWhenTheyWerePut) {
  World world(1);
  TestNode live(world);
  live.Append({Event("anna", "clicked first", 7)});
  ASSERT_TRUE(live.processor.Replay(nullptr));
  const auto put_ms = static_cast<double>(world.clock.now_ms());
  ASSERT_TRUE(world.catalogue.Put("default", {{.id = "clicked first"}, {.id = "mug"}}));
  ASSERT_TRUE(live.processor.CatchUpCatalogue());
  world.clock.Advance(3'600'000);
  ASSERT_TRUE(world.catalogue.Put("default", {{.id = "mug", .attributes = {{"price", 10.0}}}}));
  ASSERT_TRUE(live.processor.CatchUpCatalogue());

  TestNode replayed(world);
  ASSERT_TRUE(replayed.processor.CatchUpCatalogue());
  ASSERT_TRUE(replayed.processor.Replay(nullptr));

  for (const TestNode* node : {&live, &replayed}) {
    for (const char* id : {"clicked first", "mug"}) {
      const state::Handle item = node->tenant.Find("item", id);
      double created_ms = 0;
      node->tenant.ReadNumbers("created_at", {&item, 1}, &created_ms);
      EXPECT_EQ(created_ms, put_ms) << id;
    }
  }
}

// A scenario begins to compare items by a vector long after they were put.
TEST(ProcessorTest, CatchUpCatalogue_VectorsAreKept_LoadsThem) {
  World world(1);
  TestNode node(world);
  std::vector<model::Item> items;
  for (int i = 0; i < 2500; ++i) {
    items.push_back({.id = std::to_string(i), .vectors = {{"content", {1, static_cast<float>(i)}}}});
  }
  ASSERT_TRUE(world.catalogue.Put("default", items));
  ASSERT_TRUE(node.processor.CatchUpCatalogue());
  ASSERT_EQ(node.tenant.catalogue().view()->Vectors("content"), nullptr);

  node.tenant.catalogue().KeepVectors({"content"});
  ASSERT_TRUE(node.processor.CatchUpCatalogue());

  const auto view = node.tenant.catalogue().view();
  const auto* column = view->Vectors("content");
  ASSERT_NE(column, nullptr);
  EXPECT_EQ(node.tenant.catalogue().VectorsAfter(), std::nullopt);
  for (const char* id : {"0", "1", "1500", "2499"})
    EXPECT_NE(column->Get(node.tenant.Find("item", id)).codes, nullptr) << id;
}

TEST(ProcessorTest, CatchUpCatalogue_ItemsAndUsers_BothAreKnownAfterwards) {
  World world(1);
  TestNode node(world);
  model::Item tent;
  tent.id = "tent";
  ASSERT_TRUE(world.catalogue.Put("default", {tent}));
  ports::UserAttributes users(world.catalogue);
  model::Item anna = ports::UserAttributes::Of("anna");
  anna.attributes["tier"] = std::string("gold");
  ASSERT_TRUE(users.Put("default", anna));

  ASSERT_TRUE(node.processor.CatchUpCatalogue());

  EXPECT_EQ(node.tenant.catalogue().view()->epoch(), 1u);
  EXPECT_TRUE(node.tenant.traits().Of(node.tenant.KeyOfUser("anna")));
}

TEST(ProcessorTest, CatchUpCatalogue_UsersAttributes_ReachEveryNode) {
  World world(1);
  TestNode node(world), other(world);
  ports::UserAttributes users(world.catalogue);
  model::Item anna = ports::UserAttributes::Of("anna");
  anna.attributes["tier"] = std::string("gold");
  ASSERT_TRUE(users.Put("default", anna));

  ASSERT_TRUE(node.processor.CatchUpCatalogue());
  ASSERT_TRUE(other.processor.CatchUpCatalogue());
  for (TestNode* each : {&node, &other}) {
    const auto known = each->tenant.traits().Of(each->tenant.KeyOfUser("anna"));
    ASSERT_TRUE(known);
    EXPECT_EQ(known->attributes, anna.attributes);
    EXPECT_EQ(each->tenant.catalogue().view()->epoch(), 0u);
  }
  ASSERT_TRUE(users.Erase("default", "anna"));
  ASSERT_TRUE(node.processor.CatchUpCatalogue());

  EXPECT_EQ(node.tenant.traits().Of(node.tenant.KeyOfUser("anna")), std::nullopt);
}

}  // namespace
}  // namespace signalbox::process
