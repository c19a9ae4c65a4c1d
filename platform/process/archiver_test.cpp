// Everything in the log is archived once, whatever is away meanwhile.
#include "process/archiver.hpp"

#include <atomic>
#include <chrono>
#include <thread>

#include <gtest/gtest.h>

#include "model/record_codec.hpp"
#include "ports/fakes/memory_event_archive.hpp"
#include "ports/fakes/memory_event_log.hpp"
#include "ports/fakes/recording_metrics.hpp"

namespace signalbox::process {
namespace {

// An archive that can be away.
class Flaky final : public ports::EventArchive {
 public:
  Result<uint64_t> Next(uint32_t partition) const override {
    if (away) return Fail(Code::kUnavailable, "away");
    return archive_.Next(partition);
  }
  Result<void> Append(uint32_t partition, const std::vector<ports::LogEntry>& entries) override {
    if (away) return Fail(Code::kUnavailable, "away");
    return archive_.Append(partition, entries);
  }
  Result<std::vector<ports::LogEntry>> Read(uint32_t partition, uint64_t from, size_t limit) const override {
    return archive_.Read(partition, from, limit);
  }
  std::atomic<bool> away{false};

 private:
  ports::fakes::MemoryEventArchive archive_;
};

class ArchiverTest : public ::testing::Test {
 protected:
  void Append(int records) {
    for (int i = 0; i < records; ++i) {
      model::LogRecord record;
      record.user = "user" + std::to_string(i);
      record.item = "tent";
      record.type = "view";
      ports::AppendRequest request{record.user, {}};
      model::EncodeRecord(record, &request.payload);
      ASSERT_TRUE(ports::fakes::AppendAndWait(log_, {request}));
    }
  }
  size_t Archived() {
    size_t count = 0;
    for (uint32_t p = 0; p < log_.partitions(); ++p) count += archive_.Read(p, 0, 1'000'000)->size();
    return count;
  }
  template <typename Condition>
  bool Soon(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!condition() && std::chrono::steady_clock::now() < end) std::this_thread::yield();
    return condition();
  }

  ports::fakes::MemoryEventLog log_;
  Flaky archive_;
  ports::fakes::RecordingMetrics metrics_;
  Archiver archiver_{log_, archive_, metrics_, {7, 10}};
};

TEST_F(ArchiverTest, Start_RecordsBeforeAndAfter_AllAreArchived) {
  Append(20);

  archiver_.Start();
  Append(20);

  EXPECT_TRUE(Soon([&] { return Archived() == 40; })) << Archived();
  EXPECT_EQ(archiver_.failure(), "");
}

TEST_F(ArchiverTest, ArchiveAway_GoesOnWhereItStopped) {
  archiver_.Start();
  Append(10);
  ASSERT_TRUE(Soon([&] { return Archived() == 10; }));
  archive_.away = true;
  Append(10);
  EXPECT_TRUE(Soon([&] { return archiver_.failure() == "away"; }));

  archive_.away = false;

  EXPECT_TRUE(Soon([&] { return Archived() == 20; })) << Archived();
  EXPECT_TRUE(Soon([&] { return archiver_.failure().empty(); }));
}

TEST_F(ArchiverTest, StoppedAndStarted_AddsNothingTwice) {
  archiver_.Start();
  Append(10);
  ASSERT_TRUE(Soon([&] { return Archived() == 10; }));

  archiver_.Stop();
  Append(5);
  archiver_.Start();

  EXPECT_TRUE(Soon([&] { return Archived() == 15; })) << Archived();
}

}  // namespace
}  // namespace signalbox::process
