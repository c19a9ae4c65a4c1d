// What only the SQLite log has: files, their damage, its lock, and a killed process.
#include "adapters/sqlite/sqlite_event_log.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "adapters/sqlite/log_segment.hpp"
#include "ports/fakes/memory_event_log.hpp"

namespace signalbox::sqlite {
namespace {

namespace fs = std::filesystem;
using ports::fakes::AppendAndWait;

constexpr int64_t kDayMs = 86'400'000;

class SqliteEventLogTest : public testing::Test {
 protected:
  SqliteEventLogTest() {
    std::string pattern = testing::TempDir() + "sqlite_log_XXXXXX";
    root_ = mkdtemp(pattern.data());
    options_.directory = root_;
    options_.clock = &clock_;
  }
  ~SqliteEventLogTest() override { fs::remove_all(root_); }

  std::unique_ptr<SqliteEventLog> Open() {
    auto opened = SqliteEventLog::Open(options_);
    if (opened) return std::move(*opened);
    ADD_FAILURE() << opened.error().message();
    return nullptr;
  }

  std::string PathOf(uint64_t first) const { return options_.directory + "/" + SegmentName(first); }

  std::vector<uint64_t> Segments() const {
    std::vector<uint64_t> firsts;
    for (const auto& entry : fs::directory_iterator(options_.directory)) {
      if (const auto first = ParseSegmentName(entry.path().filename())) firsts.push_back(*first);
    }
    std::sort(firsts.begin(), firsts.end());
    return firsts;
  }

  // Three days of two records each: segments 0, 2 and 4.
  void MakeThreeSegments() {
    auto log = Open();
    for (int day = 0; day < 3; ++day) {
      ASSERT_TRUE(AppendAndWait(*log, {{"key", "a"}, {"key", "b"}}));
      clock_.Advance(kDayMs);
    }
  }

  static Result<size_t> ReadFrom(ports::EventLog& log, uint64_t offset,
                                 std::vector<ports::LogEntry>* entries) {
    auto reader = log.OpenReader(0, offset);
    if (!reader) return Fail(reader.error());
    return (*reader)->Read(1000, 0, entries);
  }

  static void Run(const std::string& path, const std::string& sql) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(database);
    sqlite3_close(database);
  }

  std::string root_;
  ManualClock clock_{20'000 * kDayMs};
  EventLogOptions options_;
};

// Each commit of one small record writes two pages of 16 KiB: 300 of them would be 9.6 MB.
TEST_F(SqliteEventLogTest, Append_ManySmallCommits_KeepTheWriteAheadLogSmall) {
  options_.move_bytes = 1 << 20;
  auto log = Open();

  for (int i = 0; i < 300; ++i) ASSERT_TRUE(AppendAndWait(*log, {{"key", "small"}}));

  EXPECT_LE(fs::file_size(PathOf(0) + "-wal"), 2 * options_.move_bytes);
}

TEST_F(SqliteEventLogTest, Open_SecondTimeOnADirectory_IsAConflict) {
  auto log = Open();

  const auto second = SqliteEventLog::Open(options_);

  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), Code::kConflict);
  EXPECT_NE(second.error().message().find("pid " + std::to_string(getpid())), std::string::npos);
  log.reset();
  EXPECT_TRUE(SqliteEventLog::Open(options_));
}

TEST_F(SqliteEventLogTest, Append_NextDay_BeginsASegment) {
  MakeThreeSegments();

  EXPECT_EQ(Segments(), (std::vector<uint64_t>{0, 2, 4}));
  auto log = Open();
  std::vector<ports::LogEntry> entries;
  EXPECT_EQ(ReadFrom(*log, 0, &entries), 6u);
}

TEST_F(SqliteEventLogTest, Close_LeavesOneFilePerSegment) {
  MakeThreeSegments();

  for (const auto& entry : fs::directory_iterator(options_.directory)) {
    const std::string name = entry.path().filename();
    EXPECT_TRUE(ParseSegmentName(name) || name == "LOCK") << name;
  }
}

TEST_F(SqliteEventLogTest, ApplyRetention_DropsFilesButNeverTheNewest) {
  options_.max_age_ms = kDayMs;
  MakeThreeSegments();
  clock_.Advance(100 * kDayMs);
  auto log = Open();

  ASSERT_TRUE(log->ApplyRetention({6}));

  EXPECT_EQ(Segments(), (std::vector<uint64_t>{4}));
  EXPECT_EQ(log->Range(0)->first, 4u);
}

TEST_F(SqliteEventLogTest, ApplyRetention_ReaderInADroppedSegment_ReadsItToItsEnd) {
  options_.max_age_ms = kDayMs;
  MakeThreeSegments();
  auto log = Open();
  auto reader = log->OpenReader(0, 0);
  std::vector<ports::LogEntry> entries;
  ASSERT_EQ((*reader)->Read(1, 0, &entries), 1u);
  clock_.Advance(100 * kDayMs);

  ASSERT_TRUE(log->ApplyRetention({6}));

  EXPECT_EQ((*reader)->Read(1, 0, &entries), 1u);
  EXPECT_EQ((*reader)->Read(1, 0, &entries).error().code(), Code::kNotFound);
}

TEST_F(SqliteEventLogTest, Read_ChangedPayload_IsDataLossWithTheFilesName) {
  MakeThreeSegments();
  Run(PathOf(2), "UPDATE groups SET payload = x'01580158'");
  auto log = Open();
  std::vector<ports::LogEntry> entries;

  EXPECT_EQ(ReadFrom(*log, 0, &entries), 2u);  // what lies before is given
  const auto read = ReadFrom(*log, 2, &entries);

  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code(), Code::kDataLoss);
  EXPECT_NE(read.error().message().find(SegmentName(2)), std::string::npos);
  EXPECT_EQ(ReadFrom(*log, 4, &entries), 2u);
}

TEST_F(SqliteEventLogTest, Read_MissingSegment_IsDataLoss) {
  MakeThreeSegments();
  fs::remove(PathOf(2));
  auto log = Open();
  std::vector<ports::LogEntry> entries;

  const auto read = ReadFrom(*log, 2, &entries);

  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code(), Code::kDataLoss);
}

TEST_F(SqliteEventLogTest, Read_MissingGroup_IsDataLoss) {
  {
    auto log = Open();
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(AppendAndWait(*log, {{"key", "x"}}));
  }
  Run(PathOf(0), "DELETE FROM groups WHERE first_offset = 1");
  auto log = Open();
  std::vector<ports::LogEntry> entries;

  const auto read = ReadFrom(*log, 0, &entries);

  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code(), Code::kDataLoss);
}

TEST_F(SqliteEventLogTest, Read_SegmentOverwrittenWithRubbish_IsDataLossAndAppendingGoesOn) {
  MakeThreeSegments();
  std::ofstream(PathOf(0), std::ios::binary | std::ios::trunc) << std::string(50'000, 'z');
  auto log = Open();
  std::vector<ports::LogEntry> entries;

  const auto read = ReadFrom(*log, 0, &entries);

  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code(), Code::kDataLoss);
  EXPECT_NE(read.error().message().find(SegmentName(0)), std::string::npos);
  const auto appended = AppendAndWait(*log, {{"key", "x"}});
  ASSERT_TRUE(appended);
  EXPECT_EQ((*appended)[0].offset, 6u);
}

TEST_F(SqliteEventLogTest, Open_NewestSegmentDamaged_SaysWhichFile) {
  MakeThreeSegments();
  std::ofstream(PathOf(4), std::ios::binary | std::ios::trunc) << std::string(50'000, 'z');

  const auto opened = SqliteEventLog::Open(options_);

  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code(), Code::kDataLoss);
  EXPECT_NE(opened.error().message().find(SegmentName(4)), std::string::npos);
}

TEST_F(SqliteEventLogTest, Open_WrittenByANewerVersion_IsRefused) {
  { auto log = Open(); }
  Run(PathOf(0), "PRAGMA user_version = 99");

  EXPECT_FALSE(SqliteEventLog::Open(options_));
}

TEST_F(SqliteEventLogTest, Open_DirectoryCannotBeMade_IsUnavailable) {
  options_.directory = "/dev/null/log";

  EXPECT_EQ(SqliteEventLog::Open(options_).error().code(), Code::kUnavailable);
}

TEST_F(SqliteEventLogTest, Open_OddCharactersInThePath_Works) {
  options_.directory += "/a b?c#d%20'e";
  MakeThreeSegments();

  auto log = Open();

  std::vector<ports::LogEntry> entries;
  EXPECT_EQ(ReadFrom(*log, 0, &entries), 6u);
}

// A child appends numbers and tells each one it has an answer for; it is killed in the middle.
TEST_F(SqliteEventLogTest, Reopen_AfterKill_HasEveryAnsweredAppendAndContinues) {
  for (int round = 0; round < 3; ++round) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t child = fork();
    if (child == 0) {
      auto opened = SqliteEventLog::Open(options_);
      for (uint64_t i = 0; opened; ++i) {
        const auto positions = AppendAndWait(**opened, {{"key", "x"}, {"key", "y"}});
        if (!positions || write(ends[1], &(*positions)[1].offset, sizeof(uint64_t)) < 0) break;
      }
      _exit(1);
    }
    close(ends[1]);
    uint64_t answered = 0;
    for (int i = 0; i < 50; ++i) ASSERT_EQ(read(ends[0], &answered, sizeof answered), 8);
    kill(child, SIGKILL);
    while (read(ends[0], &answered, sizeof answered) == 8) {
    }
    close(ends[0]);
    waitpid(child, nullptr, 0);

    auto log = Open();
    const uint64_t end = log->Range(0)->end;
    EXPECT_GT(end, answered);
    EXPECT_EQ(end % 2, 0u);  // batches are whole
    std::vector<ports::LogEntry> entries;
    auto reader = log->OpenReader(0, 0);
    while (entries.size() < end) ASSERT_TRUE((*reader)->Read(1000, 0, &entries));
    EXPECT_EQ(AppendAndWait(*log, {{"key", "x"}, {"key", "y"}})->front().offset, end);
  }
}

}  // namespace
}  // namespace signalbox::sqlite
