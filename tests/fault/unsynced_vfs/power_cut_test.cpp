// Power cuts at random points: every acknowledged append is there afterwards, in order, once.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <mutex>
#include <random>
#include <set>

#include "adapters/sqlite/sqlite_event_log.hpp"
#include "ports/fakes/memory_event_log.hpp"
#include "unsynced_vfs.hpp"

namespace signalbox::fault {
namespace {

using model::LogPosition;
using AppendResult = Result<std::vector<LogPosition>>;

class PowerCutTest : public testing::Test {
 protected:
  PowerCutTest() : vfs_("unsynced") {
    std::string pattern = testing::TempDir() + "power_cut_XXXXXX";
    directory_ = mkdtemp(pattern.data());
  }
  ~PowerCutTest() override { std::filesystem::remove_all(directory_); }

  Result<std::unique_ptr<sqlite::SqliteEventLog>> TryOpen() {
    sqlite::EventLogOptions options;
    options.directory = directory_;
    options.vfs = "unsynced";
    // Segments, checkpoints and seals come often.
    options.segment_bytes = 64 << 10;
    options.move_bytes = 1 << 20;
    options.durable = durable_;
    return sqlite::SqliteEventLog::Open(options);
  }

  std::unique_ptr<sqlite::SqliteEventLog> Open() {
    auto opened = TryOpen();
    if (opened) return std::move(*opened);
    ADD_FAILURE() << opened.error().message();
    return nullptr;
  }

  // Appends batches of one to five unique records; notes what is acknowledged. Returns when all
  // are answered.
  void AppendBatches(sqlite::SqliteEventLog& log, int batches) {
    for (int b = 0; b < batches; ++b) {
      std::vector<ports::AppendRequest> batch;
      std::vector<std::string> payloads;
      const size_t size = 1 + random_() % 5;
      for (size_t i = 0; i < size; ++i) {
        payloads.push_back(std::to_string(next_batch_) + "." + std::to_string(i) + "/" +
                           std::to_string(size) + ":");
        payloads.back().resize(20 + random_() % 400, 'x');
        batch.push_back({"key", payloads.back()});
      }
      ++next_batch_;
      log.Append(std::move(batch), [this, payloads](AppendResult result) {
        if (!result) return;
        std::lock_guard lock(mutex_);
        for (size_t i = 0; i < payloads.size(); ++i) acknowledged_[(*result)[i].offset] = payloads[i];
      });
      if (b % 4 == 0) ports::fakes::AppendAndWait(log, {});  // lets groups of several sizes form
    }
    log.Close();
  }

  // Acknowledged appends that are not where they were said to be.
  int CountLost(sqlite::SqliteEventLog& log) {
    const auto stored = ReadAll(log);
    int lost = 0;
    for (const auto& [offset, payload] : acknowledged_) {
      if (offset >= stored.size() || stored[offset] != payload) ++lost;
    }
    return lost;
  }

  // No record twice, no batch in part, whether acknowledged or not.
  void ExpectWholeBatchesOnce(sqlite::SqliteEventLog& log) {
    std::map<std::string, std::set<std::string>> batches;
    for (const auto& payload : ReadAll(log)) {
      const std::string batch = payload.substr(0, payload.find('.'));
      EXPECT_TRUE(batches[batch].insert(payload.substr(0, payload.find(':'))).second) << "twice: " << payload;
    }
    for (const auto& [batch, records] : batches) {
      const std::string& any = *records.begin();
      EXPECT_EQ(records.size(), std::stoul(any.substr(any.find('/') + 1))) << "in part: " << batch;
    }
  }

  std::vector<std::string> ReadAll(sqlite::SqliteEventLog& log) {
    std::vector<std::string> payloads;
    auto reader = log.OpenReader(0, 0);
    const uint64_t end = log.Range(0)->end;
    std::vector<ports::LogEntry> entries;
    while (reader && entries.size() < end) {
      const auto read = (*reader)->Read(1000, 0, &entries);
      if (!read || *read == 0) {
        ADD_FAILURE() << (read ? "the log ends early" : read.error().message());
        break;
      }
    }
    for (auto& entry : entries) {
      EXPECT_EQ(entry.position.offset, payloads.size());
      payloads.push_back(std::move(entry.payload));
    }
    return payloads;
  }

  UnsyncedVfs vfs_;
  std::string directory_;
  bool durable_ = true;
  std::mt19937 random_{4711};
  int next_batch_ = 0;
  std::mutex mutex_;
  std::map<uint64_t, std::string> acknowledged_;  // guarded by mutex_; by offset
};

// One log lives through all the cuts, so that each start also meets what the one before left.
TEST_F(PowerCutTest, Append_PowerCutAnywhere_KeepsWhatWasAcknowledged) {
  constexpr int kCuts = 60;
  int cut_at_work = 0, cut_at_start = 0;
  for (int cut = 0; cut < kCuts; ++cut) {
    const bool at_start = cut % 4 == 3;
    if (at_start) vfs_.CutPowerAt(1 + random_() % 10);
    if (auto log = TryOpen()) {
      if (!at_start) vfs_.CutPowerAt(1 + random_() % 150);
      AppendBatches(**log, 60);
      cut_at_work += vfs_.power_is_cut() ? 1 : 0;
      vfs_.CutPowerNow();
    } else {
      ++cut_at_start;
    }
    vfs_.RestorePower(cut % 2 == 0 ? Unsynced::kDropped : Unsynced::kKeptAtRandom, random_());

    auto log = Open();
    ASSERT_TRUE(log);
    ASSERT_EQ(CountLost(*log), 0) << "after cut " << cut;
    ExpectWholeBatchesOnce(*log);
  }
  EXPECT_GT(cut_at_work, kCuts / 3);
  EXPECT_GT(cut_at_start, 0);
  EXPECT_GT(acknowledged_.size(), 1000u);
  EXPECT_GT(std::distance(std::filesystem::directory_iterator(directory_), {}), 5);  // several segments
}

TEST_F(PowerCutTest, Append_EveryGroup_IsSynced) {
  auto log = Open();
  ASSERT_TRUE(log);
  const uint64_t before = vfs_.syncs();

  for (int i = 0; i < 50; ++i) ASSERT_TRUE(ports::fakes::AppendAndWait(*log, {{"key", "x"}}));

  EXPECT_GE(vfs_.syncs() - before, 50u);
}

// That the test above can fail: without syncs the same cut loses acknowledged appends.
TEST_F(PowerCutTest, Append_NotDurable_LosesAcknowledgedAppends) {
  durable_ = false;
  {
    auto log = Open();
    ASSERT_TRUE(log);
    vfs_.RestorePower(Unsynced::kKeptAtRandom, 1);
    log->Close();
  }
  auto log = Open();
  ASSERT_TRUE(log);
  for (int i = 0; i < 10; ++i) {
    const auto positions = ports::fakes::AppendAndWait(*log, {{"key", std::to_string(i)}});
    ASSERT_TRUE(positions);
    acknowledged_[(*positions)[0].offset] = std::to_string(i);
  }
  vfs_.CutPowerNow();
  log.reset();
  vfs_.RestorePower(Unsynced::kDropped, 1);

  durable_ = true;
  log = Open();
  ASSERT_TRUE(log);
  EXPECT_EQ(log->Range(0)->end, 0u);
}

}  // namespace
}  // namespace signalbox::fault
