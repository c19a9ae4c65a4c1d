// A backup taken while events come in, and what a restore makes of it.
#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include <gmock/gmock.h>

#include "flow_fixture.hpp"

namespace signalbox::flow {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class BackupFlowTest : public FlowTest {
 protected:
  int Backup(const std::string& to) {
    return harness::RunProgram({"backup", to, "--data-dir", folder_.path() + "/data"}, &output_);
  }
  int Restore(const std::string& from, const std::string& into) {
    return harness::RunProgram({"restore", from, "--data-dir", into}, &output_);
  }
  void StartOn(const std::string& data_dir) {
    auto started = harness::ServerProcess::Start(data_dir);
    ASSERT_TRUE(started) << started.error().message();
    server_ = std::move(*started);
  }

  const std::string backup_ = folder_.path() + "/backup";
  std::string output_;
};

TEST_F(BackupFlowTest, Backup_UnderLoad_RestoresEverythingAcceptedBefore) {
  server_->Terminate();
  Start({"checkpoint.interval_seconds=1", "event_log.segment_mb=1"});
  TeachShop();
  ASSERT_EQ(server_->Post("/items", {{"item_id", "tent"}, {"title", "Zelt"}, {"category", "camping"}}).status,
            202);
  ASSERT_EQ(server_->Post("/events", Event("anna", "tent")).status, 202);
  std::atomic<bool> ended{false};
  std::thread others([&] {
    const auto client = server_->ingest_port();
    for (int i = 0; !ended; ++i)
      server_->Send(client, "POST", "/events", Event("u" + std::to_string(i), "mug").dump());
  });

  const int code = Backup(backup_);
  ended = true;
  others.join();
  ASSERT_EQ(code, 0) << output_;
  server_->Kill();

  const std::string fresh = folder_.path() + "/fresh";
  ASSERT_EQ(Restore(backup_, fresh), 0) << output_;
  StartOn(fresh);

  EXPECT_THAT(server_->Get("/users/anna/history").body["history"], SizeIs(1));
  EXPECT_EQ(server_->Get("/items/tent").body["title"], "Zelt");
  EXPECT_TRUE(Contains(Ids(server_->Get("/recommendations?user_id=camper1&count=10").body), "sofa") ||
              !Ids(server_->Get("/recommendations?user_id=camper1&count=10").body).empty());
  EXPECT_EQ(server_->Post("/events", Event("anna", "stove")).status, 202);
}

TEST_F(BackupFlowTest, Restore_DamagedBackup_NamesTheFileAndMakesNothing) {
  TeachShop();
  ASSERT_EQ(server_->Terminate(), 0);
  ASSERT_EQ(Backup(backup_), 0) << output_;
  std::string damaged;
  for (const auto& entry : std::filesystem::directory_iterator(backup_ + "/log")) damaged = entry.path();
  {
    std::fstream file(damaged, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(5000);
    file.put('x');
    file.put('y');
  }

  EXPECT_EQ(Restore(backup_, folder_.path() + "/fresh"), 1);

  EXPECT_THAT(output_, HasSubstr(damaged));
  EXPECT_FALSE(std::filesystem::exists(folder_.path() + "/fresh"));
}

TEST_F(BackupFlowTest, Restore_IntoData_IsRefused) {
  ASSERT_EQ(Backup(backup_), 0) << output_;

  EXPECT_EQ(Restore(backup_, folder_.path() + "/data"), 1);

  EXPECT_THAT(output_, HasSubstr("not empty"));
}

TEST_F(BackupFlowTest, Backup_IntoAFolderInUse_IsRefused) {
  EXPECT_EQ(Backup(folder_.path() + "/data"), 1);

  EXPECT_THAT(output_, HasSubstr("not empty"));
  EXPECT_EQ(server_->Get("/recommendations?user_id=anna").status, 200);
}

TEST_F(BackupFlowTest, Restore_UnfinishedBackup_IsRefused) {
  ASSERT_EQ(Backup(backup_), 0) << output_;
  std::filesystem::remove(backup_ + "/MANIFEST.json");

  EXPECT_EQ(Restore(backup_, folder_.path() + "/fresh"), 1);

  EXPECT_THAT(output_, HasSubstr("no finished backup"));
}

}  // namespace
}  // namespace signalbox::flow
