// Sessions, histories, merging and forgetting of visitors.
#include "state/user_store.hpp"

#include <atomic>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "state/user_store_testing.hpp"

namespace signalbox::state {
namespace {

TEST_F(UserStoreTest, Read_UnknownUser_DoesNotExist) {
  const UserView view = users.Read(kAnna);

  EXPECT_FALSE(view.exists());
  EXPECT_EQ(view.history_size(), 0u);
  EXPECT_EQ(view.history_in_session(), 0u);
  EXPECT_EQ(view.session(), 0u);
  EXPECT_FALSE(view.Seen(1, 0));
}

TEST_F(UserStoreTest, ApplyEvent_OneEvent_IsInTheHistory) {
  const Applied applied = users.ApplyEvent(kAnna, kVisit, 42, 3, 5, -123'456'789);

  const UserView view = users.Read(kAnna);
  EXPECT_EQ(applied.session, kVisit);
  EXPECT_EQ(applied.position, 0u);
  EXPECT_TRUE(applied.teaches);
  ASSERT_EQ(view.history_size(), 1u);
  EXPECT_EQ(view.history(0).item, 42u);
  EXPECT_EQ(view.history(0).type, 3);
  EXPECT_EQ(view.history(0).time_ms, -123'456'789);
  EXPECT_EQ(view.history(0).session, kVisit);
  EXPECT_EQ(view.last_time_ms(), -123'456'789);
  EXPECT_EQ(users.size(), 1u);
}

TEST_F(UserStoreTest, ApplyEvent_WithinTheGap_GoesOnWithTheSession) {
  const Applied first = View(kAnna, 1, 0);
  const Applied second = View(kAnna, 2, 30 * kMinute);

  EXPECT_EQ(second.session, first.session);
  EXPECT_EQ(second.position, 1u);
  EXPECT_EQ(users.Read(kAnna).history_in_session(), 2u);
}

TEST_F(UserStoreTest, ApplyEvent_PastTheGap_StartsASession) {
  const Applied first = View(kAnna, 1, 0);
  const Applied second = View(kAnna, 2, 30 * kMinute + 1);

  EXPECT_NE(second.session, first.session);
  EXPECT_EQ(second.position, 0u);
  const UserView view = users.Read(kAnna);
  EXPECT_EQ(view.history_in_session(), 1u);
  EXPECT_NE(view.history(0).session, view.history(1).session);
  EXPECT_EQ(view.history(1).session, second.session);
}

TEST_F(UserStoreTest, ApplyEvent_LateEvent_JoinsTheCurrentSession) {
  const Applied first = View(kAnna, 1, kDay);
  const Applied late = View(kAnna, 2, 0);
  // The gap is still counted from the newest event time.
  const Applied next = View(kAnna, 3, kDay + 10 * kMinute);

  EXPECT_EQ(late.session, first.session);
  EXPECT_EQ(next.session, first.session);
  EXPECT_EQ(next.position, 2u);
  EXPECT_EQ(users.Read(kAnna).last_time_ms(), kDay + 10 * kMinute);
}

TEST_F(UserStoreTest, ApplyEvent_ExplicitSession_HoldsBeyondTheGap) {
  View(kAnna, 1, 0, kVisit);
  const Applied later = View(kAnna, 2, 5 * 60 * kMinute, kVisit);
  const Applied other = View(kAnna, 3, 5 * 60 * kMinute, kVisit + 1);

  EXPECT_EQ(later.session, kVisit);
  EXPECT_EQ(later.position, 1u);
  EXPECT_EQ(other.session, kVisit + 1);
  EXPECT_EQ(other.position, 0u);
}

TEST_F(UserStoreTest, ApplyEvent_SessionOfGap_IsTheSameInAReplay) {
  EpochDomain other_epochs;
  UserStore replayed(other_epochs, UserRules{});

  for (int i = 0; i < 5; ++i) {
    const int64_t time = i * 40 * kMinute;
    EXPECT_EQ(View(kAnna, 1, time).session, replayed.ApplyEvent(kAnna, 0, 1, 0, 1, time).session);
  }
}

TEST_F(UserStoreTest, ApplyEvent_SixtyEvents_KeepsTheLastFifty) {
  for (Handle i = 0; i < 60; ++i) View(kAnna, i, i * 1000);

  const UserView view = users.Read(kAnna);
  ASSERT_EQ(view.history_size(), kHistoryEvents);
  EXPECT_EQ(view.history(0).item, 10u);
  EXPECT_EQ(view.history(49).item, 59u);
  EXPECT_EQ(view.history_in_session(), kHistoryEvents);
  EXPECT_EQ(view.session_events(), 60u);
  EXPECT_EQ(view.seen_size(), 60u);
}

TEST_F(UserStoreTest, ApplyEvent_FourthOfAKindInADay_TeachesNothing) {
  EXPECT_TRUE(View(kAnna, 1, 0).teaches);
  EXPECT_TRUE(View(kAnna, 1, 1).teaches);
  EXPECT_TRUE(View(kAnna, 1, 2).teaches);
  EXPECT_FALSE(View(kAnna, 1, 3).teaches);
  // Another type, another item, and the day after are counted apart.
  EXPECT_TRUE(users.ApplyEvent(kAnna, 0, 1, 1, 3, 4).teaches);
  EXPECT_TRUE(View(kAnna, 2, 5).teaches);
  EXPECT_TRUE(View(kAnna, 1, kDay + 4).teaches);
}

TEST_F(UserStoreTest, ApplyEvent_PastTheSessionsLength_TeachesNothing) {
  for (Handle i = 0; i < 200; ++i) ASSERT_TRUE(View(kAnna, i, i).teaches) << i;

  EXPECT_FALSE(View(kAnna, 200, 200).teaches);
  EXPECT_TRUE(View(kAnna, 201, kDay).teaches);
}

TEST_F(UserStoreTest, Read_HeldView_StaysAsItWas) {
  for (Handle i = 0; i < 40; ++i) View(kAnna, i, i);
  const UserView before = users.Read(kAnna);

  for (Handle i = 40; i < 100; ++i) View(kAnna, i, i);

  EXPECT_EQ(before.history_size(), 40u);
  EXPECT_EQ(before.history(39).item, 39u);
  EXPECT_EQ(before.seen_size(), 40u);
  EXPECT_TRUE(before.Seen(39, 1));
  EXPECT_FALSE(before.Seen(40, 1));
}

TEST_F(UserStoreTest, Merge_AnonymousSession_JoinsHistoriesByTime) {
  View(kAnna, 1, 10 * kMinute);
  View(kAnna, 3, 30 * kMinute);
  users.ApplyEvent(kPhone, kVisit, 2, 0, 10, 20 * kMinute);
  View(kPhone, 4, 40 * kMinute, kVisit);

  users.Merge(kPhone, kAnna);

  const UserView view = users.Read(kAnna);
  EXPECT_EQ(ItemsOf(view), (std::vector<Handle>{1, 2, 3, 4}));
  // The phone's session is the newer one; 3, of Anna's own session, lies between its events.
  EXPECT_EQ(view.session(), kVisit);
  EXPECT_EQ(view.session_events(), 2u);
  EXPECT_EQ(view.history_in_session(), 1u);
  EXPECT_EQ(view.history(1).session, kVisit);
  EXPECT_NE(view.history(2).session, kVisit);
  EXPECT_EQ(view.history(0).session, view.history(2).session);
  EXPECT_TRUE(view.Seen(2, 10));
  EXPECT_TRUE(view.Seen(1, 1));
  EXPECT_EQ(view.seen_size(), 4u);
  EXPECT_EQ(users.size(), 1u);
}

TEST_F(UserStoreTest, Merge_LaterLookups_LeadToTheUser) {
  View(kPhone, 1, 0, kVisit);
  users.Merge(kPhone, kAnna);

  EXPECT_EQ(users.Resolve(kPhone), kAnna);
  EXPECT_EQ(users.Resolve(kBob), kBob);
  const Applied applied = View(kPhone, 2, 1, kVisit);
  EXPECT_EQ(applied.position, 1u);
  EXPECT_EQ(ItemsOf(users.Read(kAnna)), (std::vector<Handle>{1, 2}));
  EXPECT_EQ(ItemsOf(users.Read(kPhone)), (std::vector<Handle>{1, 2}));
}

TEST_F(UserStoreTest, Merge_Twice_ChangesNothing) {
  View(kPhone, 1, 0, kVisit);
  View(kAnna, 2, 1);
  users.Merge(kPhone, kAnna);
  const auto once = Exported(users);

  users.Merge(kPhone, kAnna);
  users.Merge(kAnna, kPhone);
  users.Merge(kAnna, kAnna);

  EXPECT_EQ(Exported(users), once);
}

TEST_F(UserStoreTest, Merge_SameSessionOnBothSides_IsOneSession) {
  View(kAnna, 1, 0, kVisit);
  View(kPhone, 2, 1, kVisit);
  users.Merge(kPhone, kAnna);

  const UserView view = users.Read(kAnna);
  EXPECT_EQ(view.session_events(), 2u);
  EXPECT_EQ(view.history_in_session(), 2u);
  EXPECT_EQ(View(kAnna, 3, 2, kVisit).position, 2u);
}

TEST_F(UserStoreTest, Merge_Chain_IsFollowed) {
  View(kPhone, 1, 0);
  View(kAnna, 2, 1);
  View(kBob, 3, 2);
  users.Merge(kPhone, kAnna);
  users.Merge(kAnna, kBob);

  EXPECT_EQ(users.Resolve(kPhone), kBob);
  EXPECT_EQ(ItemsOf(users.Read(kPhone)), (std::vector<Handle>{1, 2, 3}));
  EXPECT_EQ(users.size(), 1u);
}

TEST_F(UserStoreTest, Merge_DeviceOfSomebodyElse_DoesNotJoinTheTwoUsers) {
  // Anna, then Bob, log in within one anonymous session.
  View(kPhone, 1, 0);
  users.Merge(kPhone, kAnna);
  View(kBob, 2, 1);
  users.Merge(kPhone, kBob);

  EXPECT_EQ(users.Resolve(kPhone), kBob);
  EXPECT_EQ(ItemsOf(users.Read(kAnna)), (std::vector<Handle>{1}));
  EXPECT_EQ(ItemsOf(users.Read(kBob)), (std::vector<Handle>{2}));
}

TEST_F(UserStoreTest, Merge_TwoFullVisitors_KeepsTheNewestFiftyAndTheStrongestSeen) {
  for (Handle i = 0; i < 1500; ++i) users.ApplyEvent(kAnna, 0, i, 0, i < 100 ? 10 : 1, i * 2);
  for (Handle i = 1000; i < 2500; ++i) users.ApplyEvent(kPhone, 0, i, 0, 1, 100'000 + i);

  users.Merge(kPhone, kAnna);

  // 2,500 distinct items: 100 bought and the newest 1,900 views stay. Views in order of entering are
  // Anna's 100 ... 1499, then the phone's 1500 ... 2499; the first 500 go: 100 ... 599.
  const UserView view = users.Read(kAnna);
  EXPECT_EQ(view.seen_size(), kSeenItems);
  EXPECT_TRUE(view.Seen(0, 10));
  EXPECT_TRUE(view.Seen(99, 10));
  EXPECT_FALSE(view.Seen(599, 1));
  EXPECT_TRUE(view.Seen(600, 1));
  EXPECT_TRUE(view.Seen(2499, 1));
  ASSERT_EQ(view.history_size(), kHistoryEvents);
  EXPECT_EQ(view.history(0).item, 2450u);
}

TEST_F(UserStoreTest, Forget_User_ErasesWhatWasMergedAndTheAliases) {
  View(kPhone, 1, 0);
  View(kAnna, 2, 1);
  View(kBob, 3, 2);
  users.Merge(kPhone, kAnna);

  EXPECT_EQ(users.Forget(kAnna), (std::vector<UserKey>{kAnna, kPhone}));
  EXPECT_EQ(users.Forget(kAnna), std::vector<UserKey>{kAnna});

  EXPECT_FALSE(users.Read(kAnna).exists());
  EXPECT_FALSE(users.Read(kPhone).exists());
  EXPECT_EQ(users.Resolve(kPhone), kPhone);
  EXPECT_TRUE(users.Read(kBob).exists());
  EXPECT_EQ(users.size(), 1u);
  EXPECT_EQ(Exported(users).size(), 1u);
}

// 600 aliases are more than a merge moves at once, so some lie several hops behind.
TEST_F(UserStoreTest, Merge_LongChain_TheFirstLeadsToTheLast) {
  constexpr UserKey kFirst = 1000, kLast = 1600;
  View(kFirst, 1, 0);
  for (UserKey user = kFirst; user < kLast; ++user) users.Merge(user, user + 1);

  View(kFirst, 2, 1);

  EXPECT_EQ(users.Resolve(kFirst), kLast);
  EXPECT_EQ(ItemsOf(users.Read(kLast)), (std::vector<Handle>{1, 2}));
  EXPECT_EQ(ItemsOf(users.Read(kFirst)), (std::vector<Handle>{1, 2}));
  EXPECT_EQ(users.size(), 1u);
  EXPECT_EQ(users.Forget(kFirst).size(), 601u);
  EXPECT_TRUE(Exported(users).empty());
}

TEST_F(UserStoreTest, Forget_MergedVisitor_ErasesTheWholeVisitor) {
  View(kPhone, 1, 0);
  users.Merge(kPhone, kAnna);
  users.Merge(kAnna, kBob);

  auto keys = users.Forget(kPhone);

  std::sort(keys.begin(), keys.end());
  EXPECT_EQ(keys, (std::vector<UserKey>{kPhone, kAnna, kBob}));
  EXPECT_FALSE(users.Read(kBob).exists());
  EXPECT_TRUE(Exported(users).empty());
}

TEST_F(UserStoreTest, Forget_ThenNewEvents_StartsAnew) {
  for (Handle i = 0; i < 100; ++i) View(kAnna, i, i);
  users.Forget(kAnna);

  EXPECT_EQ(View(kAnna, 7, 1000).position, 0u);
  EXPECT_EQ(users.Read(kAnna).history_size(), 1u);
  EXPECT_FALSE(users.Read(kAnna).Seen(1, 1));
}

TEST_F(UserStoreTest, Export_Visitors_GivesOneStableLineEach) {
  users.ApplyEvent(kAnna, kVisit, 1, 0, 1, 1000);
  users.ApplyEvent(kAnna, kVisit, 2, 3, 10, 2000);
  users.ApplyEvent(kAnna, kVisit + 1, 1, 1, 3, 3000);
  users.Merge(kPhone, kAnna);

  // Item 1 enters the seen set anew with its click, so it stands behind item 2.
  EXPECT_EQ(
      Exported(users),
      (std::vector<std::string>{
          "alias 5e55000000000003 into=a11a000000000001",
          "user a11a000000000001 session=000000000000004e events=1 last=3000 "
          "history=item/1:0@1000,item/2:3@2000|item/1:1@3000 seen=item/2*10.000000@1,item/1*3.000000@1"}));
}

TEST(UserStoreMemoryTest, MemoryBytes_AllForgotten_IsBackToTheTable) {
  EpochDomain epochs;
  UserStore users(epochs, UserRules{});
  const size_t empty = users.memory_bytes();
  for (UserKey user = 1; user <= 40; ++user) {
    for (Handle item = 0; item < 60; ++item) users.ApplyEvent(user << 32, 0, item, 0, 1, item);
  }
  ASSERT_GT(users.memory_bytes(), empty + 40 * 60 * 8);

  for (UserKey user = 1; user <= 40; ++user) users.Forget(user << 32);

  EXPECT_LT(users.memory_bytes(), empty + 40 * 64);
  EXPECT_EQ(users.size(), 0u);
}

TEST(UserStoreThreadsTest, Read_WhileOneThreadWrites_SeesWholeVersions) {
  EpochDomain epochs;
  UserStore users(epochs, UserRules{});
  std::atomic<bool> stop{false};
  std::vector<std::thread> readers;
  for (int r = 0; r < 2; ++r) {
    readers.emplace_back([&, r] {
      std::mt19937_64 random(static_cast<uint64_t>(r));
      while (!stop.load()) {
        const EpochDomain::Pin pin(epochs);
        const UserKey key = users.Resolve((random() % 40 + 1) * 0x9e37'79b9'7f4a'7c15);
        const UserView view = users.Read(key);
        // Whatever is in the history was seen, unless a full set has dropped it.
        for (size_t i = 0; i < view.history_size(); ++i) {
          EXPECT_TRUE(view.Seen(view.history(i).item, 0) || view.seen_size() == kSeenItems);
        }
        EXPECT_LE(view.history_in_session(), view.history_size());
      }
    });
  }
  Wander(&users, 3, 20'000);
  stop = true;
  for (auto& reader : readers) reader.join();
}

}  // namespace
}  // namespace signalbox::state
