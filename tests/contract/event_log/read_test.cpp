// The contract of reading: ranges, waiting, segments, restarts and retention.
#include <algorithm>
#include <thread>

#include "ports/fakes/memory_event_log.hpp"
#include "subject.hpp"

namespace signalbox::contract {
namespace {

using ports::LogEntry;
using ports::fakes::AppendAndWait;

// Appends `count` records of `bytes` bytes under one key, a hundred at a time; returns the partition.
uint32_t Fill(ports::EventLog& log, int count, size_t bytes) {
  uint32_t partition = 0;
  for (int i = 0; i < count; i += 100) {
    std::vector<std::string> payloads;
    for (int k = i; k < std::min(i + 100, count); ++k) {
      payloads.push_back(std::to_string(k) + ":");
      payloads.back().resize(bytes, 'x');
    }
    const auto positions = AppendAndWait(log, Batch("a", payloads));
    if (!positions) throw std::runtime_error(positions.error().message());
    partition = (*positions)[0].partition;
  }
  return partition;
}

TEST_P(EventLogContract, Range_EmptyLog_IsZeroToZero) {
  auto log = Open();

  for (uint32_t p = 0; p < log->partitions(); ++p) {
    const auto range = log->Range(p);
    ASSERT_TRUE(range);
    EXPECT_EQ(range->first, 0u);
    EXPECT_EQ(range->end, 0u);
  }
  EXPECT_EQ(log->Range(log->partitions()).error().code(), Code::kNotFound);
}

TEST_P(EventLogContract, OpenReader_OutOfRange_IsNotFound) {
  auto log = Open();
  const uint32_t p = Fill(*log, 10, 20);

  EXPECT_TRUE(log->OpenReader(p, 0));
  EXPECT_TRUE(log->OpenReader(p, 10));
  EXPECT_EQ(log->OpenReader(p, 11).error().code(), Code::kNotFound);
  EXPECT_EQ(log->OpenReader(log->partitions(), 0).error().code(), Code::kNotFound);
}

TEST_P(EventLogContract, Read_MiddleOfABatch_StartsThere) {
  auto log = Open();
  const uint32_t p = Fill(*log, 30, 20);
  auto reader = log->OpenReader(p, 17);
  ASSERT_TRUE(reader);

  std::vector<LogEntry> entries;
  ASSERT_EQ((*reader)->Read(100, 0, &entries), 13u);

  EXPECT_EQ(entries.front().position, (model::LogPosition{p, 17}));
  EXPECT_EQ(entries.front().payload.substr(0, 3), "17:");
  EXPECT_EQ(entries.back().position.offset, 29u);
}

TEST_P(EventLogContract, Read_InSmallSteps_GivesEveryRecordOnce) {
  auto log = Open();
  const uint32_t p = Fill(*log, 100, 20);
  auto reader = log->OpenReader(p, 0);
  ASSERT_TRUE(reader);

  std::vector<LogEntry> entries;
  while (entries.size() < 100) {
    const auto read = (*reader)->Read(7, 0, &entries);
    ASSERT_TRUE(read);
    ASSERT_GT(*read, 0u);
    ASSERT_LE(*read, 7u);
  }

  for (uint64_t i = 0; i < 100; ++i) EXPECT_EQ(entries[i].position.offset, i);
  EXPECT_EQ((*reader)->Read(7, 0, &entries), 0u);
}

TEST_P(EventLogContract, Next_IsWhereTheNextReadLooks) {
  auto log = Open();
  const uint32_t p = Fill(*log, 10, 20);
  auto reader = log->OpenReader(p, 4);
  ASSERT_TRUE(reader);

  std::vector<LogEntry> entries;
  EXPECT_EQ((*reader)->next(), 4u);
  ASSERT_EQ((*reader)->Read(3, 0, &entries), 3u);
  EXPECT_EQ((*reader)->next(), 7u);
  ASSERT_EQ((*reader)->Read(100, 0, &entries), 3u);
  EXPECT_EQ((*reader)->Read(100, 0, &entries), 0u);
  EXPECT_EQ((*reader)->next(), 10u);
  for (const auto& entry : entries) EXPECT_EQ(entry.problem, "");
}

// 2,000 records of 500 bytes are 1 MB, sixteen segments of 64 KiB.
TEST_P(EventLogContract, Read_AcrossSegments_IsSeamless) {
  auto log = Open();
  const uint32_t p = Fill(*log, 2000, 500);

  const auto entries = ReadAll(*log)[p];

  ASSERT_EQ(entries.size(), 2000u);
  for (uint64_t i = 0; i < 2000; ++i) {
    EXPECT_EQ(entries[i].position.offset, i);
    EXPECT_EQ(entries[i].payload.substr(0, entries[i].payload.find(':')), std::to_string(i));
  }
}

TEST_P(EventLogContract, Read_AtTheEnd_WaitsAndIsWokenByAnAppend) {
  auto log = Open();
  const uint32_t p = Fill(*log, 10, 20);
  auto reader = log->OpenReader(p, 10);
  ASSERT_TRUE(reader);

  std::vector<LogEntry> entries;
  EXPECT_EQ((*reader)->Read(10, 0, &entries), 0u);
  Result<size_t> read = 0;
  // Waits up to a minute: only a wake-up ends it in time.
  std::thread waiter([&] { read = (*reader)->Read(10, 60'000, &entries); });
  Fill(*log, 10, 20);
  waiter.join();

  ASSERT_TRUE(read);
  EXPECT_GT(*read, 0u);
  EXPECT_EQ(entries.front().position.offset, 10u);
}

TEST_P(EventLogContract, Read_AfterClose_GivesTheRestAndThenZeroAtOnce) {
  auto log = Open();
  const uint32_t p = Fill(*log, 10, 20);
  auto reader = log->OpenReader(p, 0);
  ASSERT_TRUE(reader);
  log->Close();

  std::vector<LogEntry> entries;
  EXPECT_EQ((*reader)->Read(100, 60'000, &entries), 10u);
  EXPECT_EQ((*reader)->Read(100, 60'000, &entries), 0u);
}

TEST_P(EventLogContract, Close_WithAReaderWaiting_WakesIt) {
  auto log = Open();
  auto reader = log->OpenReader(0, 0);
  ASSERT_TRUE(reader);

  std::vector<LogEntry> entries;
  Result<size_t> read = 1;
  std::thread waiter([&] { read = (*reader)->Read(10, 60'000, &entries); });
  log->Close();
  waiter.join();

  EXPECT_EQ(read, 0u);
}

TEST_P(EventLogContract, Read_ByManyReadersDuringAppends_GivesEachAll) {
  auto log = Open();
  const uint32_t p = Fill(*log, 10, 200);
  std::vector<std::vector<LogEntry>> read(4);
  std::vector<std::thread> threads;
  for (auto& entries : read) {
    threads.emplace_back([&] {
      auto reader = log->OpenReader(p, 0);
      while (reader && entries.size() < 1010) {
        if (!(*reader)->Read(64, 1000, &entries)) return;
      }
    });
  }

  Fill(*log, 1000, 200);
  for (auto& thread : threads) thread.join();

  for (const auto& entries : read) {
    ASSERT_EQ(entries.size(), 1010u);
    for (uint64_t i = 0; i < entries.size(); ++i) EXPECT_EQ(entries[i].position.offset, i);
  }
}

TEST_P(EventLogContract, Reopen_ContinuesAtTheNextOffset) {
  auto log = Open();
  const uint32_t p = Fill(*log, 500, 500);
  log.reset();

  log = Open();
  EXPECT_EQ(log->Range(p)->end, 500u);
  clock.Advance(-1000);  // a restart with a clock that is behind
  Fill(*log, 10, 500);

  const auto entries = ReadAll(*log)[p];
  ASSERT_EQ(entries.size(), 510u);
  EXPECT_EQ(entries.back().position.offset, 509u);
  if (subject->takes_clock()) {
    EXPECT_EQ(entries.back().append_ms, 1'700'000'000'000);
  } else {
    EXPECT_GE(entries.back().append_ms, entries.front().append_ms);
  }
}

TEST_P(EventLogContract, ApplyRetention_OldRecords_AreDroppedAndNotFound) {
  settings.max_age_ms = 1000;
  auto log = Open();
  const uint32_t p = Fill(*log, 1000, 500);
  auto reader = log->OpenReader(p, 0);
  subject->MakeOld(clock, settings);
  Fill(*log, 10, 500);

  model::Offsets keep_from(log->partitions(), 0);
  keep_from[p] = 1010;
  ASSERT_TRUE(log->ApplyRetention(keep_from));

  const auto range = log->Range(p);
  ASSERT_TRUE(range);
  EXPECT_GT(range->first, 0u);
  EXPECT_LE(range->first, 1000u);  // what is young stays
  EXPECT_EQ(range->end, 1010u);
  EXPECT_EQ(log->OpenReader(p, 0).error().code(), Code::kNotFound);
  std::vector<LogEntry> entries;
  EXPECT_EQ((*reader)->Read(10, 0, &entries).error().code(), Code::kNotFound);
  EXPECT_EQ(ReadAll(*log)[p].back().position.offset, 1009u);
}

TEST_P(EventLogContract, ApplyRetention_TooLarge_DropsTheOldest) {
  settings.max_bytes = 200'000;
  auto log = Open();
  const uint32_t p = Fill(*log, 1000, 500);  // 500,000 bytes

  ASSERT_TRUE(log->ApplyRetention(model::Offsets(log->partitions(), 1000)));

  const auto range = log->Range(p);
  EXPECT_GE(range->first, 600u);
  EXPECT_EQ(range->end, 1000u);
}

TEST_P(EventLogContract, ApplyRetention_NeverAtOrPastKeepFrom) {
  settings.max_age_ms = 1000;
  auto log = Open();
  const uint32_t p = Fill(*log, 1000, 500);
  subject->MakeOld(clock, settings);

  ASSERT_TRUE(log->ApplyRetention(model::Offsets(log->partitions(), 333)));

  const auto range = log->Range(p);
  EXPECT_LE(range->first, 333u);
  auto reader = log->OpenReader(p, 333);
  ASSERT_TRUE(reader);
  std::vector<LogEntry> entries;
  EXPECT_GT(*(*reader)->Read(10, 0, &entries), 0u);
}

TEST_P(EventLogContract, ApplyRetention_ThenReopen_KeepsTheRange) {
  settings.max_bytes = 200'000;
  auto log = Open();
  const uint32_t p = Fill(*log, 1000, 500);
  ASSERT_TRUE(log->ApplyRetention(model::Offsets(log->partitions(), 1000)));
  const auto before = *log->Range(p);
  log.reset();

  log = Open();

  EXPECT_EQ(log->Range(p)->first, before.first);
  EXPECT_EQ(log->Range(p)->end, before.end);
}

}  // namespace
}  // namespace signalbox::contract
