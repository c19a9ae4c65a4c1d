// Which seen items are kept.
#include "state/user_store.hpp"

#include <gtest/gtest.h>

namespace signalbox::state {
namespace {

constexpr UserKey kUser = 0x1234'5678'9abc'def0;
constexpr int64_t kDayMs = 86'400'000;

class SeenSetTest : public ::testing::Test {
 protected:
  void See(Handle item, float strength) { users.ApplyEvent(kUser, 0, item, 0, strength, time += 1000); }
  bool Seen(Handle item, float strength) {
    const EpochDomain::Pin pin(epochs);
    return users.Read(kUser).Seen(item, strength);
  }
  void SeeOn(int day, Handle item, float strength) {
    users.ApplyEvent(kUser, 0, item, 0, strength, day * kDayMs + 1000);
  }
  // Whether it was seen on the day or later.
  bool Since(int day, Handle item, float strength) {
    const EpochDomain::Pin pin(epochs);
    return users.Read(kUser).SeenSince(item, strength, day * kDayMs);
  }
  size_t Size() {
    const EpochDomain::Pin pin(epochs);
    return users.Read(kUser).seen_size();
  }

  EpochDomain epochs;
  UserStore users{epochs, UserRules{}};
  int64_t time = 0;
};

TEST_F(SeenSetTest, Seen_StrongestEventDecides) {
  See(7, 3);
  See(7, 1);

  EXPECT_TRUE(Seen(7, 1));
  EXPECT_TRUE(Seen(7, 3));
  EXPECT_FALSE(Seen(7, 5));
  EXPECT_FALSE(Seen(8, 1));
  EXPECT_EQ(Size(), 1u);

  See(7, 10);
  EXPECT_TRUE(Seen(7, 10));
  EXPECT_EQ(Size(), 1u);
}

TEST_F(SeenSetTest, Seen_ManyItemsInAnyOrder_FindsEach) {
  // 997 is prime: i * 997 % 1999 visits 1,999 different items out of order, through every kind of
  // block (inline, sorted with a tail, rewritten).
  for (uint32_t i = 0; i < 1999; ++i) {
    See(i * 997 % 1999, i % 3 == 0 ? 10.0f : 1.0f);
    ASSERT_EQ(Size(), i + 1);
  }

  for (uint32_t i = 0; i < 1999; ++i) {
    ASSERT_TRUE(Seen(i * 997 % 1999, 1)) << i;
    ASSERT_EQ(Seen(i * 997 % 1999, 10), i % 3 == 0) << i;
  }
  EXPECT_FALSE(Seen(1999, 0));
}

TEST_F(SeenSetTest, Seen_FullSet_DropsTheOldestOfTheWeakest) {
  // 2,000 items: 0 and 1 bought, 2 ... 1999 viewed, 2 the oldest view.
  See(0, 10);
  See(1, 10);
  for (uint32_t item = 2; item < 2000; ++item) See(item, 1);
  ASSERT_EQ(Size(), kSeenItems);

  See(5000, 1);
  EXPECT_FALSE(Seen(2, 1));
  EXPECT_TRUE(Seen(3, 1));
  EXPECT_TRUE(Seen(5000, 1));

  See(5001, 3);
  EXPECT_FALSE(Seen(3, 1));
  EXPECT_TRUE(Seen(0, 10));
  EXPECT_TRUE(Seen(1, 10));
  EXPECT_EQ(Size(), kSeenItems);
}

TEST_F(SeenSetTest, Seen_FullOfPurchases_DoesNotTakeAView) {
  for (uint32_t item = 0; item < 2000; ++item) See(item, 10);

  See(5000, 1);

  EXPECT_FALSE(Seen(5000, 1));
  EXPECT_TRUE(Seen(0, 10));
  EXPECT_EQ(Size(), kSeenItems);
}

TEST_F(SeenSetTest, Seen_StrongerEvent_MakesTheItemNewAgain) {
  See(0, 1);
  for (uint32_t item = 1; item < 2000; ++item) See(item, 1);
  // Item 0 is a click now: 1 is the oldest view.
  See(0, 3);

  See(5000, 1);

  EXPECT_TRUE(Seen(0, 3));
  EXPECT_FALSE(Seen(1, 1));
}

TEST_F(SeenSetTest, Seen_MoreEntriesThanOrderNumbers_KeepsTheNewest) {
  // 70,000 entries overflow the 16 bits of the order; the newest 2,000 must be left.
  for (uint32_t item = 0; item < 70'000; ++item) See(item, 1);

  EXPECT_EQ(Size(), kSeenItems);
  EXPECT_FALSE(Seen(67'999, 1));
  EXPECT_TRUE(Seen(68'000, 1));
  EXPECT_TRUE(Seen(69'999, 1));
}

TEST_F(SeenSetTest, SeenSince_StrongestEventsLastDayCounts) {
  SeeOn(100, 7, 10);
  SeeOn(120, 7, 1);  // weaker: the day of the strongest stays
  SeeOn(110, 8, 1);
  SeeOn(130, 8, 1);  // as strong, later
  SeeOn(115, 8, 1);  // as strong, late
  SeeOn(140, 9, 1);
  SeeOn(135, 9, 10);  // stronger: its own day

  EXPECT_TRUE(Since(100, 7, 10));
  EXPECT_FALSE(Since(101, 7, 1));
  EXPECT_TRUE(Since(130, 8, 1));
  EXPECT_FALSE(Since(131, 8, 1));
  EXPECT_FALSE(Since(100, 8, 3));
  EXPECT_TRUE(Since(135, 9, 1));
  EXPECT_FALSE(Since(136, 9, 1));
  EXPECT_FALSE(Since(1, 10, 0));
}

TEST_F(SeenSetTest, SeenSince_LargeSet_FollowsLaterDaysThroughEveryKindOfBlock) {
  for (uint32_t i = 0; i < 300; ++i) SeeOn(100, i * 97 % 300, 1);
  for (uint32_t i = 0; i < 300; i += 3) SeeOn(200, i, 1);

  EXPECT_EQ(Size(), 300u);
  for (uint32_t i = 0; i < 300; ++i) {
    ASSERT_EQ(Since(200, i, 1), i % 3 == 0) << i;
    ASSERT_TRUE(Since(100, i, 1)) << i;
  }
}

TEST_F(SeenSetTest, SeenSince_MergedVisitors_KeepTheLaterDay) {
  SeeOn(100, 7, 1);
  users.ApplyEvent(99, 0, 7, 0, 1, 120 * kDayMs);
  users.ApplyEvent(99, 0, 8, 0, 1, 120 * kDayMs);

  users.Merge(99, kUser);

  EXPECT_TRUE(Since(120, 7, 1));
  EXPECT_FALSE(Since(121, 7, 1));
  EXPECT_TRUE(Since(120, 8, 1));
}

}  // namespace
}  // namespace signalbox::state
