// Snapshots of visitors: what is written, restored, and refused.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "state/byte_buffers.hpp"
#include "state/user_store_testing.hpp"

namespace signalbox::state {
namespace {

using UserSnapshotTest = UserStoreTest;

std::string Written(const UserStore& users) {
  TextSink sink;
  EXPECT_TRUE(users.Write(*users.Freeze(), sink));
  return sink.bytes;
}

TEST_F(UserSnapshotTest, Restore_InTheMiddle_EndsLikeTheUninterrupted) {
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    EpochDomain domain;
    UserStore whole(domain, UserRules{});
    Wander(&whole, seed, 60'000);

    const std::string bytes = Written(whole);
    UserStore restored(domain, UserRules{});
    TextSource source(bytes);
    ASSERT_TRUE(restored.Restore(source));
    ASSERT_EQ(Exported(restored), Exported(whole));
    ASSERT_EQ(restored.size(), whole.size());

    Wander(&whole, seed + 100, 60'000);
    Wander(&restored, seed + 100, 60'000);
    ASSERT_EQ(Exported(restored), Exported(whole));
  }
}

TEST_F(UserSnapshotTest, Write_WhileEventsGoOn_GivesTheFrozenState) {
  Wander(&users, 7, 5000);
  const auto frozen = users.Freeze();
  const auto expected = Exported(users);

  Wander(&users, 8, 50'000);
  TextSink sink;
  ASSERT_TRUE(users.Write(*frozen, sink));

  UserStore restored(epochs, UserRules{});
  TextSource source(sink.bytes);
  ASSERT_TRUE(restored.Restore(source));
  EXPECT_EQ(Exported(restored), expected);
  EXPECT_NE(Exported(users), expected);
}

TEST_F(UserSnapshotTest, Restore_WithoutDays_KeepsTheSeenItems) {
  users.ApplyEvent(1, 0, 7, 0, 3, 100 * int64_t{86'400'000});
  std::string bytes = Written(users);
  // As former versions wrote it: another kind of entry, which ends before the day.
  ASSERT_EQ(bytes[9], 3);
  bytes[9] = 1;
  bytes.erase(bytes.size() - 11, 2);
  bytes[0] = static_cast<char>(bytes[0] - 2);
  bytes[4] = static_cast<char>(bytes[4] - 2);

  UserStore restored(epochs, UserRules{});
  TextSource source(bytes);
  const auto result = restored.Restore(source);

  ASSERT_TRUE(result) << result.error().message();
  const EpochDomain::Pin pin(epochs);
  EXPECT_TRUE(restored.Read(1).Seen(7, 3));
  EXPECT_FALSE(restored.Read(1).SeenSince(7, 3, 0));
}

TEST_F(UserSnapshotTest, Restore_TruncatedBytes_IsDataLoss) {
  Wander(&users, 1, 300);
  const std::string bytes = Written(users);

  for (size_t size = 0; size < bytes.size(); size += 7) {
    UserStore restored(epochs, UserRules{});
    TextSource source(std::string_view(bytes).substr(0, size));
    const auto result = restored.Restore(source);
    ASSERT_FALSE(result) << size;
    ASSERT_EQ(result.error().code(), Code::kDataLoss);
  }
}

TEST_F(UserSnapshotTest, Restore_FlippedBytes_NeverCrashes) {
  Wander(&users, 1, 300);
  const std::string bytes = Written(users);

  // What the checksum would catch must not break the process before it is compared.
  for (size_t at = 0; at < bytes.size(); at += 3) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 0xff);
    UserStore restored(epochs, UserRules{});
    TextSource source(damaged);
    (void)restored.Restore(source);
  }
  SUCCEED();
}

}  // namespace
}  // namespace signalbox::state
