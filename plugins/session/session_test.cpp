// The session signal's formula, worked out by hand, and its state.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "signalbox/testing.hpp"

namespace signalbox::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

constexpr int64_t kStart = 1'700'000'000'000;
constexpr int64_t kDay = 86'400'000;
// Only positions matter: no idf, no age, no going back.
constexpr auto kPlain = R"({"idf_power": 0, "item_idf_power": 0, "recency_days": 0, "repeat_weight": 0})";

class SessionTest : public ::testing::Test {
 protected:
  // One visit of a visitor of that name, a second between its events.
  void Visit(std::string_view visitor, std::initializer_list<Item> items, int64_t time_ms = kStart) {
    for (const Item item : items) feed_.Add(visitor, item, time_ms), time_ms += 1000;
  }
  TestRequest Viewed(std::initializer_list<Item> items, int64_t now_ms = kStart) {
    TestRequest request;
    request.now_ms = now_ms;
    return request.Viewed(items);
  }

  FakeHost host_;
  const Item a_ = host_.AddItem("a");
  const Item b_ = host_.AddItem("b");
  const Item c_ = host_.AddItem("c");
  const Item d_ = host_.AddItem("d");
  const Item e_ = host_.AddItem("e");
  EventFeed feed_;
};

TEST_F(SessionTest, Score_TwoVisits_CountsNearnessToTheMatch) {
  // b is 1 after a in the first visit (1) and 2 after it in the second (e^(-1/6) = .846482);
  // c is 1 after it (1); a is the current item (0). Shares of 2.846482: b .648689, c .351311.
  Visit("anna", {a_, b_});
  Visit("ben", {a_, c_, b_});
  TestPlugin plugin(host_, signalbox_plugin(), kPlain);

  plugin.Update(feed_);

  const auto scores = plugin.Score(Viewed({a_}), {a_, b_, c_, d_});
  EXPECT_TRUE(std::isnan(scores[0]));
  EXPECT_NEAR(scores[1], .648689, 1e-5);
  EXPECT_NEAR(scores[2], .351311, 1e-5);
  EXPECT_TRUE(std::isnan(scores[3]));
}

TEST_F(SessionTest, Score_RareAndCommonItems_WeighsByIdf) {
  // 3 visits; idf of a, b, d, e ln(1 + 3/1) = 1.386294, of c ln(1 + 3/2) = .916291.
  // Similarities: visit 1 by a (now) 1 * 1.386294^2 = 1.921812; visits 2 and 3 by c (one back)
  // e^(-1/2) * .916291^2 = .509236.
  // b: 1.921812 * sqrt(1.386294)                          = 2.262766
  // d and e: .509236 * e^(-1/6) * sqrt(1.386294)          =  .507533 each
  // c: 2 * .509236 * .3 * e^(-1/6) * sqrt(.916291)        =  .247574
  // Total 3.525406, so b .641846, d .143965, c .070226.
  Visit("anna", {a_, b_});
  Visit("ben", {c_, d_});
  Visit("cleo", {c_, e_});
  TestPlugin plugin(host_, signalbox_plugin(), R"({"recency_days": 0, "repeat_weight": 0})");

  plugin.Update(feed_);

  const auto scores = plugin.Score(Viewed({c_, a_}), {b_, d_, e_, c_});
  EXPECT_NEAR(scores[0], .641846, 1e-5);
  EXPECT_NEAR(scores[1], .143965, 1e-5);
  EXPECT_NEAR(scores[2], .143965, 1e-5);
  EXPECT_NEAR(scores[3], .070226, 1e-5);
}

TEST_F(SessionTest, Score_VisitAMonthOld_CountsHalf) {
  // Similarities 1 / (1 + 30/30) = 1/2 and 1: b 1/3, c 2/3.
  Visit("anna", {a_, b_}, kStart);
  Visit("ben", {a_, c_}, kStart + 30 * kDay);
  TestPlugin plugin(host_, signalbox_plugin(), R"({"repeat_weight": 0})");

  plugin.Update(feed_);

  const auto scores = plugin.Score(Viewed({a_}, kStart + 30 * kDay), {b_, c_});
  EXPECT_NEAR(scores[0], 1. / 3, 1e-5);
  EXPECT_NEAR(scores[1], 2. / 3, 1e-5);
}

TEST_F(SessionTest, Score_MatchesSummed_AddsThemUp) {
  // The neighbour is a b c. For c: from a, one back in the query, e^(-1/6) * e^(-1/6) = .716531;
  // from b, the current item, 1. Summed 1.716531. For a (earlier item): itself .3 * e^(-1/6) =
  // .253945, backward from b 1: 1.253945. Total 2.970476: c .577864.
  Visit("anna", {a_, b_, c_});
  TestPlugin plugin(host_, signalbox_plugin(),
                    R"({"idf_power": 0, "item_idf_power": 0, "recency_days": 0, "repeat_weight": 0,
                        "matches": "sum"})");

  plugin.Update(feed_);

  EXPECT_NEAR(plugin.Score(Viewed({a_, b_}), {c_})[0], .577864, 1e-5);
}

TEST_F(SessionTest, Score_VisitorsGoBack_LearnsTheChance) {
  // anna went a b a: at the third event, two distinct items seen and the last one new, she went one
  // back, 1 hit in 1 chance. ben's a b is the same situation: for a 1 / (1 + 20), times 2 =
  // .095238; for b, the current item, 0 / (1 + 20) = 0, no opinion.
  Visit("anna", {a_, b_, a_});
  TestPlugin plugin(host_, signalbox_plugin(), R"({"earlier_items": 0})");

  plugin.Update(feed_);

  const auto scores = plugin.Score(Viewed({a_, b_}), {a_, b_});
  EXPECT_NEAR(scores[0], .095238, 1e-5);
  EXPECT_TRUE(std::isnan(scores[1]));
}

TEST_F(SessionTest, Candidates_OwnSession_IsNoNeighbour) {
  Visit("anna", {b_, a_});
  TestPlugin plugin(host_, signalbox_plugin(), R"({"neighbours": 1})");
  plugin.Update(feed_);
  EXPECT_THAT(plugin.Candidates(TestRequest().By(feed_, "anna")).items, IsEmpty());

  EventFeed others;
  others.Add("ben", a_, kStart - kDay).Add("ben", c_, kStart - kDay);
  plugin.Update(others);

  EXPECT_THAT(plugin.Candidates(TestRequest().By(feed_, "anna")).items, ElementsAre(c_));
}

TEST_F(SessionTest, Score_ItemOftenRepeated_TakesItsOwnRate) {
  // a a in one visit: 1 chance and 1 hit with the last new and 1 item: P = 1/21 = .047619. a itself
  // was followed once, by itself: (1 + 80 * .047619) / (1 + 80) = .059377, times 2 = .118754.
  Visit("anna", {a_, a_});
  TestPlugin plugin(host_, signalbox_plugin());

  plugin.Update(feed_);

  EXPECT_NEAR(plugin.Score(Viewed({a_}), {a_})[0], .118754, 1e-5);
}

TEST_F(SessionTest, Candidates_MoreSessionsThanKept_TakesTheNewest) {
  Visit("anna", {a_, b_});
  Visit("ben", {a_, c_});
  Visit("cleo", {a_, d_});
  TestPlugin plugin(host_, signalbox_plugin(), R"({"sessions_per_item": 2, "repeat_weight": 0})");

  plugin.Update(feed_);

  EXPECT_THAT(plugin.Candidates(Viewed({a_})).items, UnorderedElementsAre(c_, d_));
}

TEST_F(SessionTest, Candidates_FullSession_LetsItsOldestItemGo) {
  Visit("anna", {a_, b_, c_});
  TestPlugin plugin(host_, signalbox_plugin(), R"({"items_per_session": 2, "repeat_weight": 0})");

  plugin.Update(feed_);

  EXPECT_THAT(plugin.Candidates(Viewed({a_})).items, IsEmpty());
  EXPECT_THAT(plugin.Candidates(Viewed({b_})).items, ElementsAre(c_));
}

TEST_F(SessionTest, Candidates_ItemSeenAgain_StandsWhereItWasLastSeen) {
  Visit("anna", {a_, b_, c_, b_});  // kept as a c b
  TestPlugin plugin(host_, signalbox_plugin(), R"({"backward": 0, "repeat_weight": 0})");

  plugin.Update(feed_);

  EXPECT_THAT(plugin.Candidates(Viewed({c_})).items, ElementsAre(b_));
  EXPECT_THAT(plugin.Candidates(Viewed({b_})).items, IsEmpty());
}

TEST_F(SessionTest, Candidates_QuotaAndEligible_GivesTheBestWithTiesById) {
  Visit("anna", {a_, b_});
  Visit("ben", {a_, c_});
  Visit("cleo", {a_, d_});
  Visit("dora", {a_, e_});
  Visit("emil", {a_, e_});
  TestPlugin plugin(host_, signalbox_plugin(), kPlain);
  TestRequest request = Viewed({a_});
  request.quota = 1;

  plugin.Update(feed_);

  EXPECT_THAT(plugin.Candidates(request).items, ElementsAre(e_));
  EXPECT_THAT(plugin.Candidates(request.Only({b_, c_, d_})).items, ElementsAre(b_));
}

TEST_F(SessionTest, Candidates_SessionJustBegun_AsksByTheLastSitting) {
  Visit("anna", {a_, b_});
  Visit("ben", {c_, d_});
  feed_.Add("cleo", c_, kStart).Add("cleo", a_, kStart + kDay);
  TestPlugin plugin(host_, signalbox_plugin(), kPlain);
  TestRequest request;
  request.now_ms = kStart + 2 * kDay;
  request.By(feed_, "cleo").NewSession();

  plugin.Update(feed_);

  EXPECT_THAT(plugin.Candidates(request).items, ElementsAre(b_));
}

TEST_F(SessionTest, Candidates_WholeHistory_AsksByEverySitting) {
  Visit("anna", {a_, b_});
  Visit("ben", {c_, d_});
  feed_.Add("cleo", c_, kStart).Add("cleo", a_, kStart + kDay);
  TestPlugin plugin(host_, signalbox_plugin(),
                    R"({"query": "history", "repeat_weight": 0, "earlier_items": 0})");
  TestRequest request;
  request.now_ms = kStart + 2 * kDay;
  request.By(feed_, "cleo").NewSession();

  plugin.Update(feed_);

  EXPECT_THAT(plugin.Candidates(request).items, UnorderedElementsAre(b_, d_));
}

TEST_F(SessionTest, Candidates_ContextItem_IsTheNewest) {
  Visit("anna", {a_, b_});
  TestPlugin plugin(host_, signalbox_plugin(), kPlain);
  TestRequest request;
  request.context_item = a_;

  plugin.Update(feed_);

  EXPECT_THAT(plugin.Candidates(request).items, ElementsAre(b_));
}

TEST_F(SessionTest, Candidates_NothingKnown_GivesNone) {
  Visit("anna", {a_, b_});
  TestPlugin plugin(host_, signalbox_plugin());

  plugin.Update(feed_);

  EXPECT_THAT(plugin.Candidates(TestRequest()).items, IsEmpty());
  EXPECT_THAT(plugin.Candidates(Viewed({e_})).items, IsEmpty());
}

TEST_F(SessionTest, Explain_ItemOfNeighbours_NamesVisitsAndItems) {
  Visit("anna", {a_, b_});
  Visit("ben", {a_, c_, b_});
  TestPlugin plugin(host_, signalbox_plugin());

  plugin.Update(feed_);

  const auto explanation = plugin.Explain(Viewed({d_, a_}), b_);
  EXPECT_EQ(explanation.reason, "seen in 2 similar visits");
  EXPECT_THAT(explanation.items, ElementsAre(a_));
  EXPECT_EQ(plugin.Explain(Viewed({a_}), c_).reason, "seen in 1 similar visit");
  EXPECT_EQ(plugin.Explain(Viewed({a_}), e_).reason, "");
}

TEST_F(SessionTest, Update_MoreSessionsThanMaximum_DropsTheFirstBegun) {
  for (int i = 0; i < 1100; ++i) Visit("visitor" + std::to_string(i), {i == 0 ? a_ : c_, i == 0 ? b_ : d_});
  TestPlugin plugin(host_, signalbox_plugin(), R"({"max_sessions": 1024, "repeat_weight": 0})");

  plugin.Update(feed_);

  size_t sessions = 0;
  for (const auto& line : plugin.Export()) sessions += line.rfind("session ", 0) == 0 ? 1 : 0;
  EXPECT_EQ(sessions, 1024u);
  EXPECT_THAT(plugin.Candidates(Viewed({a_})).items, IsEmpty());
  EXPECT_THAT(plugin.Candidates(Viewed({c_})).items, ElementsAre(d_));
  EXPECT_EQ(CompareRestored(host_, plugin), "");
}

TEST_F(SessionTest, Forget_Visitor_TakesTheirSessionsAway) {
  feed_.Add("anna", a_, kStart, {.session = "s1"}).Add("anna", b_, kStart, {.session = "s1"});
  feed_.Add("ben", a_, kStart, {.session = "s2"}).Add("ben", c_, kStart, {.session = "s2"});
  TestPlugin plugin(host_, signalbox_plugin(), kPlain);
  plugin.Update(feed_);

  plugin.Forget(KeyOf("anna"));

  EXPECT_THAT(plugin.Candidates(Viewed({a_})).items, ElementsAre(c_));
  plugin.Forget(KeyOf("s2"));
  EXPECT_THAT(plugin.Candidates(Viewed({a_})).items, IsEmpty());
  EXPECT_THAT(plugin.Export(), Not(Contains(HasSubstr("session "))));
}

// Visits of 60 visitors over 40 items, some of them long, in several sessions each.
EventFeed RandomTraffic(FakeHost* host, size_t events, unsigned seed) {
  for (int i = 0; i < 40; ++i) host->AddItem("item" + std::to_string(i));
  std::mt19937 random(seed);
  EventFeed feed;
  int64_t now_ms = kStart;
  for (size_t i = 0; i < events; ++i) {
    now_ms += static_cast<int64_t>(random() % 120'000);
    const uint32_t item = std::min(random() % 40, random() % 40);
    feed.Add("visitor" + std::to_string(random() % 60), item, now_ms - static_cast<int64_t>(random() % 5000));
  }
  return feed;
}
constexpr auto kTight = R"({"items_per_session": 5, "sessions_per_item": 20, "max_sessions": 1024})";

TEST_F(SessionTest, Update_AnyBatchCuts_GiveTheSameState) {
  const EventFeed feed = RandomTraffic(&host_, 3000, 1);

  EXPECT_EQ(CompareBatchCuts(host_, signalbox_plugin(), "{}", feed), "");
  EXPECT_EQ(CompareBatchCuts(host_, signalbox_plugin(), kTight, feed), "");
}

TEST_F(SessionTest, Restore_ThenMoreEvents_GoesOnAsIfNeverStopped) {
  const EventFeed feed = RandomTraffic(&host_, 4000, 2);
  TestPlugin plugin(host_, signalbox_plugin(), kTight);
  plugin.Update(feed.Batch(0, 2000));
  ASSERT_EQ(CompareRestored(host_, plugin), "");
  FakeHost other;
  CopyItems(host_, &other);
  const auto restored = plugin.Restored(other);

  plugin.Update(feed.Batch(2000, 4000));
  restored->Update(feed.Batch(2000, 4000));

  EXPECT_EQ(FirstDifference(plugin.Export(), restored->Export()), "");
  const TestRequest request = Viewed({1, 2, 3}, kStart + kDay);
  EXPECT_EQ(plugin.Candidates(request).items, restored->Candidates(request).items);
  EXPECT_EQ(plugin.Candidates(request).scores, restored->Candidates(request).scores);
}

TEST_F(SessionTest, Restore_BrokenBytes_IsRefusedOrHarmless) {
  TestPlugin plugin(host_, signalbox_plugin(), kTight);
  plugin.Update(RandomTraffic(&host_, 500, 3));
  const std::string bytes = plugin.Snapshot();
  std::mt19937 random(1);

  for (const size_t size : {size_t{0}, size_t{20}, size_t{5000}, bytes.size() - 1}) {
    TestPlugin fresh(host_, signalbox_plugin(), kTight);
    EXPECT_THROW(fresh.Restore(bytes.substr(0, size)), HookFailed);
  }
  for (int round = 0; round < 30; ++round) {
    std::string broken = bytes;
    for (int i = 0; i < 200; ++i) broken[random() % broken.size()] = static_cast<char>(random());
    TestPlugin fresh(host_, signalbox_plugin(), kTight);
    try {
      fresh.Restore(broken);
      fresh.Candidates(Viewed({1, 2, 3}));
    } catch (const HookFailed& failed) {
      EXPECT_EQ(failed.code(), SB_INVALID_STATE);
    }
  }
}

TEST_F(SessionTest, Candidates_DuringUpdates_ReadsWithoutHarm) {
  const EventFeed feed = RandomTraffic(&host_, 6000, 4);
  TestPlugin plugin(host_, signalbox_plugin(), kTight);
  std::atomic<bool> done{false};
  std::atomic<size_t> answers{0};
  const auto read = [&](Item first) {
    while (!done.load()) {
      const auto ranked = plugin.Candidates(Viewed({first, first + 1, first + 2}, kStart + kDay));
      for (const float score : ranked.scores) ASSERT_TRUE(score > 0 && score < 10);
      answers += ranked.items.size();
    }
  };
  std::thread first(read, 0), second(read, 5);

  for (size_t begin = 0; begin < feed.size(); begin += 100) {
    plugin.Update(feed.Batch(begin, std::min(feed.size(), begin + 100)));
    if (begin % 2000 == 0) plugin.Snapshot();
  }
  while (answers.load() == 0) std::this_thread::yield();
  done = true;
  first.join();
  second.join();

  EXPECT_GT(answers.load(), 0u);
}

}  // namespace
}  // namespace signalbox::testing
