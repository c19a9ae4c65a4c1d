// What the fakes have beyond their ports: recorded values, failures on demand, damage.
#include <gtest/gtest.h>

#include "ports/fakes/memory_catalogue_store.hpp"
#include "ports/fakes/memory_event_log.hpp"
#include "ports/fakes/recording_metrics.hpp"

namespace signalbox::ports::fakes {
namespace {

TEST(RecordingMetricsTest, Value_AfterAddAndSet_IsTheirs) {
  RecordingMetrics metrics;

  metrics.GetCounter("events_total", "", {{"type", "view"}}).Add();
  metrics.GetCounter("events_total", "", {{"type", "view"}}).Add(2);
  metrics.GetCounter("events_total", "", {{"type", "click"}}).Add();
  metrics.GetGauge("lag", "").Set(7);

  EXPECT_EQ(metrics.Value("events_total", {{"type", "view"}}), 3);
  EXPECT_EQ(metrics.Value("events_total", {{"type", "click"}}), 1);
  EXPECT_EQ(metrics.Value("lag"), 7);
  EXPECT_EQ(metrics.Value("never"), 0);
}

TEST(RecordingMetricsTest, Observations_OfAHistogram_AreInOrder) {
  RecordingMetrics metrics;
  auto& seconds = metrics.GetHistogram("seconds", "", kLatencyBuckets);

  seconds.Observe(0.5);
  seconds.Observe(0.25);

  EXPECT_EQ(metrics.Observations("seconds"), (std::vector<double>{0.5, 0.25}));
  EXPECT_EQ(metrics.Expose(), "seconds_count 2\nseconds_sum 0.75\n");
}

TEST(MemoryEventLogTest, FailAppends_UntilTakenBack_RefusesAndKeepsNothing) {
  MemoryEventLog log({.partitions = 1});
  log.FailAppends(Error(Code::kUnavailable, "the disk is full"));

  EXPECT_EQ(AppendAndWait(log, {{"key", "x"}}).error().message(), "the disk is full");
  EXPECT_FALSE(log.Writable());
  log.FailAppends(std::nullopt);

  EXPECT_EQ(AppendAndWait(log, {{"key", "x"}})->front().offset, 0u);
  EXPECT_TRUE(log.Writable());
}

TEST(MemoryEventLogTest, Damage_ARecord_StopsReadersThere) {
  MemoryEventLog log({.partitions = 1});
  ASSERT_TRUE(AppendAndWait(log, {{"key", "a"}, {"key", "b"}}));
  log.Damage({0, 1});
  auto reader = log.OpenReader(0, 0);
  std::vector<LogEntry> entries;

  EXPECT_EQ((*reader)->Read(10, 0, &entries), 1u);
  EXPECT_EQ((*reader)->Read(10, 0, &entries).error().code(), Code::kDataLoss);
}

TEST(MemoryCatalogueStoreTest, FailCalls_UntilTakenBack_FailsEach) {
  MemoryCatalogueStore store;
  store.FailCalls(Error(Code::kUnavailable, "away"));

  EXPECT_EQ(store.Epoch("default").error().code(), Code::kUnavailable);
  store.FailCalls(std::nullopt);

  EXPECT_EQ(store.Epoch("default"), 0u);
}

}  // namespace
}  // namespace signalbox::ports::fakes
