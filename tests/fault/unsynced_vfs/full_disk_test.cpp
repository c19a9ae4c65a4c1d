// A disk that fills up or fails to sync: refused meanwhile, back by itself, offsets gapless.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "adapters/sqlite/sqlite_event_log.hpp"
#include "ports/fakes/memory_event_log.hpp"
#include "unsynced_vfs.hpp"

namespace signalbox::fault {
namespace {

using ports::fakes::AppendAndWait;

class FullDiskTest : public testing::Test {
 protected:
  FullDiskTest() : vfs_("full_disk") {
    std::string pattern = testing::TempDir() + "full_disk_XXXXXX";
    directory_ = mkdtemp(pattern.data());
    Open();
  }
  ~FullDiskTest() override {
    log_.reset();
    std::filesystem::remove_all(directory_);
  }

  void Open() {
    sqlite::EventLogOptions options;
    options.directory = directory_;
    options.vfs = "full_disk";
    options.segment_bytes = 64 << 10;
    auto opened = sqlite::SqliteEventLog::Open(options);
    ASSERT_TRUE(opened) << opened.error().message();
    log_ = std::move(*opened);
  }

  // The log retries by its own timer; ctest's time limit ends a wait that never does.
  void AwaitWritable() {
    while (!log_->Writable()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }

  std::vector<std::string> ReadAll() {
    std::vector<ports::LogEntry> entries;
    std::vector<std::string> payloads;
    auto reader = log_->OpenReader(0, 0);
    while (entries.size() < log_->Range(0)->end) {
      if (!(*reader)->Read(100, 0, &entries)) break;
    }
    for (size_t i = 0; i < entries.size(); ++i) {
      EXPECT_EQ(entries[i].position.offset, i);
      payloads.push_back(entries[i].payload);
    }
    return payloads;
  }

  UnsyncedVfs vfs_;
  std::string directory_;
  std::unique_ptr<sqlite::SqliteEventLog> log_;
};

TEST_F(FullDiskTest, Append_DiskFull_IsUnavailableAndSaysWhy) {
  ASSERT_TRUE(AppendAndWait(*log_, {{"key", "before"}}));
  vfs_.FailWrites(SQLITE_FULL);

  const auto refused = AppendAndWait(*log_, {{"key", "refused"}});

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Code::kUnavailable);
  ASSERT_FALSE(log_->Writable());
  EXPECT_NE(log_->Writable().error().message().find("00000000000000000000.segment"), std::string::npos);
  EXPECT_EQ(log_->Writable().error().hint(), "the disk is full; free some space");
  EXPECT_FALSE(AppendAndWait(*log_, {{"key", "refused too"}}));
  EXPECT_EQ(ReadAll(), std::vector<std::string>{"before"});
  vfs_.FailWrites(0);
}

TEST_F(FullDiskTest, Append_SpaceComesBack_GoesOnWithoutGap) {
  ASSERT_TRUE(AppendAndWait(*log_, {{"key", "before"}}));
  vfs_.FailWrites(SQLITE_FULL);
  ASSERT_FALSE(AppendAndWait(*log_, {{"key", "refused"}}));

  vfs_.FailWrites(0);
  AwaitWritable();
  const auto positions = AppendAndWait(*log_, {{"key", "after"}});

  ASSERT_TRUE(positions);
  EXPECT_EQ((*positions)[0].offset, 1u);
  EXPECT_EQ(ReadAll(), (std::vector<std::string>{"before", "after"}));
}

TEST_F(FullDiskTest, Append_DiskFullAtANewSegment_GoesOnWithoutGap) {
  std::vector<std::string> expected;
  const auto append = [&](const std::string& payload) {
    const auto positions = AppendAndWait(*log_, {{"key", payload}});
    if (positions) expected.push_back(payload);
    return positions.has_value();
  };
  for (int i = 0; i < 66; ++i) ASSERT_TRUE(append(std::to_string(i) + std::string(1000, 'x')));
  vfs_.FailWrites(SQLITE_FULL);  // 66 KB lie in the segment: the next append begins another
  ASSERT_FALSE(append("refused"));

  vfs_.FailWrites(0);
  AwaitWritable();
  ASSERT_TRUE(append("after"));

  EXPECT_EQ(ReadAll(), expected);
  log_.reset();
  Open();
  EXPECT_EQ(ReadAll(), expected);
}

// A failed sync leaves open whether the group was kept; then it must be there for good, or not at all.
TEST_F(FullDiskTest, Append_SyncFails_KeepsOrDropsTheGroupButLeavesNoGap) {
  ASSERT_TRUE(AppendAndWait(*log_, {{"key", "before"}}));
  vfs_.FailSyncs(SQLITE_IOERR_FSYNC);
  const auto refused = AppendAndWait(*log_, {{"key", "unknown"}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Code::kUnavailable);

  vfs_.FailSyncs(0);
  AwaitWritable();
  ASSERT_TRUE(AppendAndWait(*log_, {{"key", "after"}}));
  const auto seen = ReadAll();
  vfs_.CutPowerNow();
  log_.reset();
  vfs_.RestorePower(Unsynced::kDropped, 1);
  Open();

  EXPECT_EQ(seen.front(), "before");
  EXPECT_EQ(seen.back(), "after");
  EXPECT_LE(seen.size(), 3u);
  EXPECT_EQ(ReadAll(), seen);
}

}  // namespace
}  // namespace signalbox::fault
