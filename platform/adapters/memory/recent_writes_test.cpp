#include "adapters/memory/recent_writes.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace signalbox::memory {
namespace {

class FakeApplier final : public ports::Applier {
 public:
  model::Offsets Applied() const override { return applied; }
  bool WaitFor(model::LogPosition, int) override { return false; }
  model::Offsets applied{0, 0};
};

TEST(RecentWritesTest, Find_NeverNoted_IsFalse) {
  FakeApplier applier;
  RecentWrites writes(&applier);
  model::LogPosition position;

  EXPECT_FALSE(writes.Find("ann", &position));
}

TEST(RecentWritesTest, Find_NotedAndNotApplied_GivesTheLastPosition) {
  FakeApplier applier;
  RecentWrites writes(&applier);
  model::LogPosition position;

  writes.Note("ann", {1, 5});
  writes.Note("ann", {1, 7});
  writes.Note("ann", {1, 6});  // a callback that was overtaken
  writes.Note("bob", {0, 3});

  EXPECT_TRUE(writes.Find("ann", &position));
  EXPECT_EQ(position, (model::LogPosition{1, 7}));
}

TEST(RecentWritesTest, Find_Applied_IsFalse) {
  FakeApplier applier;
  RecentWrites writes(&applier);
  model::LogPosition position;
  writes.Note("ann", {1, 7});

  applier.applied = {100, 7};  // 7 is the next to apply
  EXPECT_TRUE(writes.Find("ann", &position));
  applier.applied = {100, 8};
  EXPECT_FALSE(writes.Find("ann", &position));
}

// 16 shards of 64 notes; 10,000 visitors that are applied at once leave at most what came since
// each shard last looked: 16 x 32.
TEST(RecentWritesTest, Note_AppliedOnes_AreRemoved) {
  FakeApplier applier;
  RecentWrites writes(&applier, 1024);

  for (uint64_t i = 0; i < 10'000; ++i) {
    applier.applied = {i, 0};
    writes.Note("visitor " + std::to_string(i), {0, i});
  }

  EXPECT_LE(writes.size(), 16u * 32u);
}

TEST(RecentWritesTest, Note_BeyondCapacity_ForgetsTheOldest) {
  FakeApplier applier;
  RecentWrites writes(&applier, 1024);
  model::LogPosition position;

  for (uint64_t i = 0; i < 10'000; ++i) writes.Note("visitor " + std::to_string(i), {0, i});

  EXPECT_LE(writes.size(), 1024u);
  EXPECT_FALSE(writes.Find("visitor 0", &position));
  EXPECT_TRUE(writes.Find("visitor 9999", &position));
}

TEST(RecentWritesTest, Note_OneVisitorOverAndOver_StaysBounded) {
  FakeApplier applier;
  RecentWrites writes(&applier, 16);
  model::LogPosition position;

  for (uint64_t i = 0; i < 1000; ++i) writes.Note("ann", {0, i});

  EXPECT_EQ(writes.size(), 1u);
  EXPECT_TRUE(writes.Find("ann", &position));
  EXPECT_EQ(position.offset, 999u);
}

TEST(RecentWritesTest, Note_FromManyThreads_KeepsEachVisitorsLast) {
  FakeApplier applier;
  RecentWrites writes(&applier);
  std::vector<std::thread> threads;
  for (uint32_t t = 0; t < 4; ++t) {
    threads.emplace_back([&writes, t] {
      for (uint64_t i = 0; i < 2000; ++i) writes.Note("visitor " + std::to_string(t), {t, i});
    });
  }
  for (auto& thread : threads) thread.join();

  for (uint32_t t = 0; t < 4; ++t) {
    model::LogPosition position;
    EXPECT_TRUE(writes.Find("visitor " + std::to_string(t), &position));
    EXPECT_EQ(position, (model::LogPosition{t, 1999}));
  }
}

}  // namespace
}  // namespace signalbox::memory
