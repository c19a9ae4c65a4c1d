// The contract of appending: order, gapless offsets, one callback each, limits, closing.
#include <algorithm>
#include <atomic>
#include <future>
#include <set>
#include <thread>

#include "ports/fakes/memory_event_log.hpp"
#include "subject.hpp"

namespace signalbox::contract {
namespace {

using ports::fakes::AppendAndWait;
using AppendResult = Result<std::vector<model::LogPosition>>;

INSTANTIATE_TEST_SUITE_P(Logs, EventLogContract, testing::ValuesIn(AllLogKinds()),
                         [](const auto& kind) { return kind.param.name; });

TEST_P(EventLogContract, Append_FirstBatch_GetsOffsetsFromZeroInOrder) {
  auto log = Open();

  const auto positions = AppendAndWait(*log, Batch("a", {"one", "two", "three"}));

  ASSERT_TRUE(positions);
  const uint32_t p = (*positions)[0].partition;
  EXPECT_EQ(*positions, (std::vector<model::LogPosition>{{p, 0}, {p, 1}, {p, 2}}));
  EXPECT_EQ(Payloads(*log), (std::vector<std::string>{"one", "two", "three"}));
}

TEST_P(EventLogContract, Append_SameKey_GoesToOnePartition) {
  auto log = Open();

  std::set<uint32_t> partitions;
  for (int i = 0; i < 20; ++i) {
    const auto positions = AppendAndWait(*log, Batch("the same", {"x"}));
    ASSERT_TRUE(positions);
    partitions.insert((*positions)[0].partition);
  }

  EXPECT_EQ(partitions.size(), 1u);
}

TEST_P(EventLogContract, Append_ManyKeys_UsesEveryPartition) {
  auto log = Open();

  std::vector<ports::AppendRequest> batch;
  for (int i = 0; i < 300; ++i) batch.push_back({"key " + std::to_string(i), "x"});
  ASSERT_TRUE(AppendAndWait(*log, std::move(batch)));

  for (const auto& partition : ReadAll(*log)) EXPECT_FALSE(partition.empty());
}

TEST_P(EventLogContract, Append_EmptyBatch_IsDoneWithNoPositions) {
  auto log = Open();

  const auto positions = AppendAndWait(*log, {});

  ASSERT_TRUE(positions);
  EXPECT_TRUE(positions->empty());
}

TEST_P(EventLogContract, Append_BinaryAndEmptyPayloads_ComeBackUnchanged) {
  auto log = Open();
  std::string all_bytes;
  for (int i = 0; i < 512; ++i) all_bytes.push_back(static_cast<char>(i));
  const std::vector<std::string> payloads{all_bytes, "", std::string("\0\0", 2), "\xff\xfe"};

  ASSERT_TRUE(AppendAndWait(*log, Batch("a", payloads)));

  EXPECT_EQ(Payloads(*log), payloads);
}

TEST_P(EventLogContract, Append_LargestPayload_IsKept) {
  auto log = Open();
  const std::string payload(ports::kMaxLogPayloadBytes, 'x');

  ASSERT_TRUE(AppendAndWait(*log, Batch("a", {payload})));

  EXPECT_EQ(Payloads(*log), std::vector<std::string>{payload});
}

TEST_P(EventLogContract, Append_PayloadTooLarge_RefusesTheWholeBatch) {
  auto log = Open();

  const auto positions =
      AppendAndWait(*log, Batch("a", {"small", std::string(ports::kMaxLogPayloadBytes + 1, 'x')}));

  ASSERT_FALSE(positions);
  EXPECT_EQ(positions.error().code(), Code::kTooLarge);
  EXPECT_TRUE(Payloads(*log).empty());
}

TEST_P(EventLogContract, Append_ClockGoesBack_AppendTimeDoesNot) {
  auto log = Open();
  const int64_t before_ms = SystemClock().now_ms();
  ASSERT_TRUE(AppendAndWait(*log, Batch("a", {"first"})));
  clock.Advance(-60'000);
  ASSERT_TRUE(AppendAndWait(*log, Batch("a", {"second"})));
  clock.Advance(120'000);
  ASSERT_TRUE(AppendAndWait(*log, Batch("a", {"third"})));

  std::vector<int64_t> times;
  for (const auto& partition : ReadAll(*log)) {
    for (const auto& entry : partition) times.push_back(entry.append_ms);
  }

  if (subject->takes_clock()) {
    EXPECT_EQ(times, (std::vector<int64_t>{1'700'000'000'000, 1'700'000'000'000, 1'700'000'060'000}));
  } else {
    ASSERT_EQ(times.size(), 3u);
    EXPECT_TRUE(std::is_sorted(times.begin(), times.end()));
    EXPECT_GE(times.front(), before_ms);
    EXPECT_LE(times.back(), SystemClock().now_ms());
  }
}

// Eight threads with 200 batches of one to three records: every callback once, offsets without
// gap or repeat, each thread's records in its order.
TEST_P(EventLogContract, Append_Concurrently_KeepsEachAppenderInOrderWithoutGaps) {
  constexpr int kThreads = 8, kBatches = 200;
  auto log = Open();
  std::vector<std::atomic<int>> calls(kThreads * kBatches);
  std::atomic<int> failures{0};

  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int b = 0; b < kBatches; ++b) {
        std::vector<std::string> payloads;
        for (int i = 0; i <= b % 3; ++i)
          payloads.push_back(std::to_string(t) + " " + std::to_string(b * 3 + i));
        log->Append(Batch("thread " + std::to_string(t), payloads), [&, t, b](AppendResult result) {
          ++calls[static_cast<size_t>(t * kBatches + b)];
          if (!result || result->size() != static_cast<size_t>(b % 3 + 1)) ++failures;
        });
      }
    });
  }
  for (auto& thread : threads) thread.join();
  log->Close();

  for (const auto& called : calls) EXPECT_EQ(called, 1);
  EXPECT_EQ(failures, 0);
  std::vector<std::vector<int>> numbers(kThreads);
  for (const auto& partition : ReadAll(*log)) {
    uint64_t offset = 0;
    for (const auto& entry : partition) {
      EXPECT_EQ(entry.position.offset, offset++);
      const size_t blank = entry.payload.find(' ');
      numbers[std::stoul(entry.payload)].push_back(std::stoi(entry.payload.substr(blank + 1)));
    }
  }
  for (const auto& of_thread : numbers) {
    EXPECT_EQ(of_thread.size(), 399u);  // 67 batches of 1, 67 of 2, 66 of 3: 67 + 134 + 198
    EXPECT_TRUE(std::is_sorted(of_thread.begin(), of_thread.end()));
    EXPECT_EQ(std::set<int>(of_thread.begin(), of_thread.end()).size(), of_thread.size());
  }
}

TEST_P(EventLogContract, Append_FromOneThread_KeepsTheOrderOfCalls) {
  auto log = Open();

  std::vector<std::string> expected;
  for (int i = 0; i < 2000; ++i) {
    expected.push_back(std::to_string(i));
    log->Append(Batch("a", {expected.back()}), [](const AppendResult&) {});
  }
  log->Close();

  EXPECT_EQ(Payloads(*log), expected);
}

TEST_P(EventLogContract, Append_FromACallback_IsAllowed) {
  auto log = Open();
  std::promise<AppendResult> second;

  log->Append(Batch("a", {"one"}), [&](const AppendResult&) {
    log->Append(Batch("a", {"two"}), [&](AppendResult result) { second.set_value(std::move(result)); });
  });

  EXPECT_TRUE(second.get_future().get());
  EXPECT_EQ(Payloads(*log), (std::vector<std::string>{"one", "two"}));
}

TEST_P(EventLogContract, Append_QueueFull_IsRefusedAtOnceAndKeepsNothing) {
  settings.limits.queue_records = 4;
  auto log = Open();
  subject->HoldUp(held);
  std::promise<AppendResult> first;
  log->Append(Batch("a", {"1", "2", "3"}), [&](AppendResult result) { first.set_value(std::move(result)); });
  subject->AwaitHeld(held);

  const auto refused = AppendAndWait(*log, Batch("a", {"4", "5"}));
  subject->Release(held);

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Code::kResourceExhausted);
  EXPECT_TRUE(refused.error().retryable());
  EXPECT_TRUE(first.get_future().get());
  EXPECT_TRUE(AppendAndWait(*log, Batch("a", {"6", "7"})));
  EXPECT_EQ(Payloads(*log), (std::vector<std::string>{"1", "2", "3", "6", "7"}));
}

TEST_P(EventLogContract, Append_QueueFullOfBytes_IsRefused) {
  settings.limits.queue_bytes = 100;
  auto log = Open();
  subject->HoldUp(held);
  log->Append(Batch("a", {std::string(60, 'x')}), [](const AppendResult&) {});
  subject->AwaitHeld(held);

  const auto refused = AppendAndWait(*log, Batch("a", {std::string(60, 'y')}));
  subject->Release(held);

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Code::kResourceExhausted);
}

TEST_P(EventLogContract, Append_BatchThatNeverFits_IsTooLarge) {
  settings.limits.queue_records = 4;
  auto log = Open();

  const auto refused = AppendAndWait(*log, Batch("a", {"1", "2", "3", "4", "5"}));

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Code::kTooLarge);
}

TEST_P(EventLogContract, Close_WithAppendsWaiting_CompletesThem) {
  auto log = Open();
  std::atomic<int> done{0};
  for (int i = 0; i < 100; ++i) {
    log->Append(Batch("a", {std::to_string(i)}),
                [&](const AppendResult& result) { done += result ? 1 : 1000; });
  }

  log->Close();

  EXPECT_EQ(done, 100);
  EXPECT_EQ(Payloads(*log).size(), 100u);
}

TEST_P(EventLogContract, Close_ThenAppend_IsUnavailable) {
  auto log = Open();
  EXPECT_TRUE(log->Writable());
  log->Close();
  log->Close();

  const auto refused = AppendAndWait(*log, Batch("a", {"x"}));

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Code::kUnavailable);
  EXPECT_FALSE(log->Writable());
}

}  // namespace
}  // namespace signalbox::contract
