// Event ids within their window.
#include "state/deduplicator.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "state/byte_buffers.hpp"

namespace signalbox::state {
namespace {

constexpr int64_t kHour = 60 * 60 * 1000;

std::vector<std::string> Exported(const Deduplicator& ids) {
  std::vector<std::string> lines;
  ids.Export(&lines);
  std::sort(lines.begin(), lines.end());
  return lines;
}

TEST(DeduplicatorTest, Insert_SameIdAgain_IsFalseWithinThePartition) {
  Deduplicator ids(2);

  EXPECT_TRUE(ids.Insert(0, 11, 0));
  EXPECT_FALSE(ids.Insert(0, 11, 1));
  EXPECT_TRUE(ids.Insert(1, 11, 1));
  EXPECT_TRUE(ids.Contains(0, 11));
  EXPECT_FALSE(ids.Contains(0, 12));
  EXPECT_FALSE(ids.Contains(7, 11));
}

TEST(DeduplicatorTest, Insert_WithinTheWindow_IsADuplicateAcrossHours) {
  Deduplicator ids(1, 24);
  ids.Insert(0, 11, 10 * kHour + 1);

  EXPECT_FALSE(ids.Insert(0, 11, 34 * kHour + 1));
}

TEST(DeduplicatorTest, Insert_PastTheWindow_CountsAgain) {
  Deduplicator ids(1, 24);
  ids.Insert(0, 11, 10 * kHour);

  // Hour 10 goes when hour 35 begins.
  EXPECT_FALSE(ids.Insert(0, 11, 35 * kHour - 1));
  EXPECT_TRUE(ids.Insert(0, 11, 35 * kHour));
}

TEST(DeduplicatorTest, Insert_ClockSetBack_StillKnowsItsIds) {
  Deduplicator ids(1, 24);
  ids.Insert(0, 11, 100 * kHour);

  EXPECT_FALSE(ids.Insert(0, 11, 99 * kHour));
  EXPECT_TRUE(ids.Insert(0, 12, 10 * kHour));
  EXPECT_FALSE(ids.Insert(0, 12, 100 * kHour));
}

TEST(DeduplicatorTest, Insert_NegativeTimes_AreHoursToo) {
  Deduplicator ids(1, 1);
  EXPECT_TRUE(ids.Insert(0, 11, -3 * kHour - 1));  // hour -4
  EXPECT_FALSE(ids.Insert(0, 11, -2 * kHour - 1));
  EXPECT_TRUE(ids.Insert(0, 11, -1 * kHour - 1));
}

TEST(DeduplicatorTest, Insert_ManyIds_RemembersEach) {
  Deduplicator ids(1);
  for (uint64_t i = 1; i <= 100'000; ++i) ASSERT_TRUE(ids.Insert(0, i * 0x9e37'79b9'7f4a'7c15, 0));

  for (uint64_t i = 1; i <= 100'000; ++i) ASSERT_FALSE(ids.Insert(0, i * 0x9e37'79b9'7f4a'7c15, kHour));
  EXPECT_LE(ids.memory_bytes(), 100'000u * 19 + 1000);
}

TEST(DeduplicatorTest, Restore_Frozen_IsTheStateAtTheFreeze) {
  Deduplicator ids(3);
  for (uint64_t i = 1; i <= 3000; ++i)
    ids.Insert(i % 3, i * 0x9e37'79b9'7f4a'7c15, static_cast<int64_t>(i) * 60'000);
  const auto expected = Exported(ids);
  const auto frozen = ids.Freeze();
  for (uint64_t i = 3001; i <= 4000; ++i)
    ids.Insert(i % 3, i * 0x9e37'79b9'7f4a'7c15, static_cast<int64_t>(i) * 60'000);
  TextSink sink;
  ASSERT_TRUE(ids.Write(frozen.get(), sink));

  Deduplicator restored(3);
  TextSource source(sink.bytes);
  ASSERT_TRUE(restored.Restore(source));

  EXPECT_EQ(Exported(restored), expected);
  EXPECT_NE(Exported(ids), expected);
  for (uint64_t i = 3001; i <= 4000; ++i) {
    restored.Insert(i % 3, i * 0x9e37'79b9'7f4a'7c15, static_cast<int64_t>(i) * 60'000);
  }
  EXPECT_EQ(Exported(restored), Exported(ids));
}

TEST(DeduplicatorTest, Restore_OtherNumberOfPartitions_IsRefused) {
  Deduplicator ids(3);
  TextSink sink;
  ASSERT_TRUE(ids.Write(ids.Freeze().get(), sink));

  Deduplicator other(2);
  TextSource source(sink.bytes);

  EXPECT_EQ(other.Restore(source).error().code(), Code::kInvalidArgument);
}

TEST(DeduplicatorTest, Restore_TruncatedBytes_IsDataLoss) {
  Deduplicator ids(1);
  for (uint64_t i = 1; i <= 20; ++i) ids.Insert(0, i, 0);
  TextSink sink;
  ASSERT_TRUE(ids.Write(ids.Freeze().get(), sink));

  for (size_t size = 0; size < sink.bytes.size(); ++size) {
    Deduplicator restored(1);
    TextSource source(std::string_view(sink.bytes).substr(0, size));
    ASSERT_FALSE(restored.Restore(source)) << size;
  }
}

TEST(DeduplicatorTest, Contains_WhileIdsComeAndHoursGo_FindsTheNewest) {
  Deduplicator ids(1, 2);
  std::atomic<uint64_t> newest{0};
  std::atomic<bool> stop{false};
  std::thread reader([&] {
    while (!stop.load()) {
      const uint64_t id = newest.load();
      EXPECT_TRUE(id == 0 || ids.Contains(0, id) || newest.load() > id + 100);
    }
  });
  for (uint64_t id = 1; id <= 20'000; ++id) {
    // 100 ids an hour.
    ids.Insert(0, id, static_cast<int64_t>(id) * kHour / 100);
    newest = id;
    if (id % 1000 == 0) ids.Freeze();
  }
  stop = true;
  reader.join();
}

}  // namespace
}  // namespace signalbox::state
