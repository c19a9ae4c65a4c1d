// Changes for nodes that follow, several nodes at once, safe mode, the audit, heartbeats.
#include <atomic>
#include <set>
#include <thread>

#include <gmock/gmock.h>

#include "subject.hpp"

namespace signalbox::contract {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_P(ControlContract, Changes_AfterAnEpoch_AreTheNewestOfEachObjectInEpochOrder) {
  const model::ObjectName cart{"default", model::ObjectKind::kScenario, "cart"};
  Published(0);
  store->Seed(cart, {"x"}, anna);
  const uint64_t before = *store->Epoch();
  Published(1);
  store->Retire(cart, 1, anna);

  const auto changes = store->Changes(0, 10), newer = store->Changes(before + 1, 10);

  ASSERT_TRUE(changes && newer);
  ASSERT_EQ(changes->size(), 2u);
  EXPECT_EQ(changes->at(0).object, home);
  EXPECT_EQ(changes->at(0).number, 2u);
  EXPECT_EQ(changes->at(1).object, cart);
  EXPECT_EQ(changes->at(1).number, 0u);
  EXPECT_EQ(changes->at(1).epoch, *store->Epoch());
  ASSERT_EQ(newer->size(), 1u);
  EXPECT_EQ(newer->front().object, cart);
  EXPECT_EQ(store->Changes(0, 1)->size(), 1u);
  EXPECT_TRUE(store->Changes(*store->Epoch(), 10)->empty());
}

TEST_P(ControlContract, Epoch_OnlyWhatChangesServing_TakesOne) {
  EXPECT_EQ(*store->Epoch(), 0u);
  Validated(0);
  EXPECT_EQ(*store->Epoch(), 0u);
  store->Publish(home, 1, anna);
  EXPECT_EQ(*store->Epoch(), 1u);
}

TEST_P(ControlContract, Publish_TwoNodesOnTheSameBase_ExactlyOneWins) {
  const auto other = subject->Open();
  uint64_t base = 0;
  for (int round = 0; round < 20; ++round) {
    const uint64_t mine = Validated(base), theirs = Validated(base);
    std::atomic<int> ready{0}, won{0}, lost{0};
    const auto publish = [&](ports::ControlStore& node, uint64_t number) {
      ++ready;
      while (ready < 2) std::this_thread::yield();
      const auto done = node.Publish(home, number, anna);
      if (done) {
        ++won;
      } else if (done.error().code() == Code::kConflict) {
        ++lost;
      }
    };

    std::thread thread([&] { publish(*other, theirs); });
    publish(*store, mine);
    thread.join();

    ASSERT_EQ(won, 1);
    ASSERT_EQ(lost, 1);
    base = NumberInForce();
    ASSERT_TRUE(base == mine || base == theirs);
  }
}

TEST_P(ControlContract, AddDraft_ManyThreads_NumbersAscendWithoutGaps) {
  const auto other = subject->Open();
  const auto add = [&](ports::ControlStore& node) {
    for (int i = 0; i < 25; ++i) EXPECT_TRUE(node.AddDraft(home, 0, {}, anna));
  };

  std::thread thread([&] { add(*other); });
  add(*store);
  thread.join();

  EXPECT_EQ(store->History(home, 0, 100)->size(), 50u);
  EXPECT_EQ(store->History(home, 0, 1)->front().number, 50u);
}

// Whoever has seen an epoch has seen every smaller one: a follower that starts from what it has seen
// never misses a change.
TEST_P(ControlContract, Changes_FollowedWhileOthersPublish_MissNothing) {
  const auto other = subject->Open();
  std::atomic<bool> done{false};
  const auto seed = [&](ports::ControlStore& node, const std::string& prefix) {
    for (int i = 0; i < 40; ++i) {
      node.Seed({"default", model::ObjectKind::kScenario, prefix + std::to_string(i)}, {}, anna);
    }
  };

  std::set<std::string> seen;
  std::thread follower([&] {
    uint64_t mine = 0;
    for (bool last = false; !last;) {
      last = done;
      const uint64_t epoch = *store->Epoch();
      const auto changes = store->Changes(mine, 1000);
      for (const auto& change : *changes) seen.insert(change.object.name);
      mine = epoch;
    }
  });
  std::thread writer([&] { seed(*other, "a"); });
  seed(*store, "b");
  writer.join();
  done = true;
  follower.join();

  EXPECT_EQ(seen.size(), 80u);
}

TEST_P(ControlContract, Open_AnotherNode_SeesWhatWasWritten) {
  Published(0, "text");

  const auto other = subject->Open();

  EXPECT_EQ((*other->Current(home))->content.source, "text");
  EXPECT_EQ(*other->Epoch(), 1u);
}

TEST_P(ControlContract, SetSafeMode_OnAndOff_TakesAnEpochAndIsAudited) {
  ASSERT_FALSE(*store->SafeMode());

  ASSERT_TRUE(store->SetSafeMode(true, anna));
  ASSERT_TRUE(store->SetSafeMode(true, anna));

  EXPECT_TRUE(*subject->Open()->SafeMode());
  EXPECT_EQ(*store->Epoch(), 1u);
  ASSERT_TRUE(store->SetSafeMode(false, anna));
  EXPECT_FALSE(*store->SafeMode());
  EXPECT_THAT(Actions(), ElementsAre("safe_mode_on", "safe_mode_off"));
}

TEST_P(ControlContract, Audit_Query_ChoosesTenantObjectAndPage) {
  const model::ObjectName cart{"default", model::ObjectKind::kScenario, "cart"};
  const model::ObjectName other{"other", model::ObjectKind::kScenario, "home"};
  store->Seed(home, {}, anna);
  store->Seed(cart, {}, anna);
  store->Seed(other, {}, anna);
  store->SetSafeMode(true, anna);

  const auto mine = store->Audit({"default", "", 0, 10});
  const auto of_cart = store->Audit({"default", "scenario/cart", 0, 10});

  ASSERT_TRUE(mine && of_cart);
  ASSERT_EQ(mine->size(), 3u);
  EXPECT_EQ(mine->at(0).action, "safe_mode_on");
  EXPECT_EQ(mine->at(1).object, "scenario/cart");
  EXPECT_EQ(mine->at(2).object, "scenario/home");
  ASSERT_EQ(of_cart->size(), 1u);
  const auto older = store->Audit({"default", "", mine->at(1).sequence, 10});
  ASSERT_EQ(older->size(), 1u);
  EXPECT_EQ(older->front().object, "scenario/home");
  EXPECT_EQ(older->front().at_ms, subject->clock.now_ms());
}

TEST_P(ControlContract, Report_Nodes_AreThoseHeardOfLately) {
  store->Report({"b:1", "ingest", 3, 0, ""});
  subject->clock.Advance(60'000);
  store->Report({"a:1", "recommend", 7, 0, "home@7: home.lua:3: no"});
  store->Report({"a:1", "recommend", 8, 0, "home@8: home.lua:3: no"});

  const auto lately = store->Nodes(subject->clock.now_ms() - 1000), all = store->Nodes(0);

  ASSERT_TRUE(lately && all);
  EXPECT_EQ(all->size(), 2u);
  ASSERT_EQ(lately->size(), 1u);
  EXPECT_EQ(lately->front().node, "a:1");
  EXPECT_EQ(lately->front().epoch, 8u);
  EXPECT_EQ(lately->front().problems, "home@8: home.lua:3: no");
  EXPECT_EQ(lately->front().at_ms, subject->clock.now_ms());
}

}  // namespace
}  // namespace signalbox::contract
