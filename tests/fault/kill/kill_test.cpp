// A node that is killed, ended or left without disk space while visitors keep coming keeps every
// promise: what it answered 202 is in the state exactly once, and the state is what the log says.
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <random>

#include <gmock/gmock.h>

#include "exports.hpp"
#include "load.hpp"
#include "small_disk.hpp"

namespace signalbox::fault {
namespace {

namespace fs = std::filesystem;

using harness::ServerProcess;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr int kWorkers = 4;

int Setting(const char* name, int otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::atoi(text);
}

void Sleep(int ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

class KillTest : public ::testing::Test {
 protected:
  KillTest() : data_dir_(folder_.path() + "/data") {
    std::cout << "seed " << seed_ << " (SIGNALBOX_FAULT_SEED)" << std::endl;
  }

  int Between(int from, int to) {
    return from + static_cast<int>(dice_() % static_cast<uint64_t>(to - from));
  }

  void Start() {
    auto started = ServerProcess::Start(data_dir_, overrides_);
    ASSERT_TRUE(started) << started.error().message();
    server_ = std::move(*started);
    if (load_) load_->SetPort(server_->ingest_port());
  }

  void StartUnderLoad() {
    load_ = std::make_unique<Load>(ledger_, LoadOptions{.threads = kWorkers, .seed = seed_});
    Start();
  }

  void ExpectPromisesKept() {
    EXPECT_THAT(load_->failures(), IsEmpty());
    EXPECT_THAT(ledger_.Differences(*server_), IsEmpty());
    const auto metrics = server_->Send(server_->ops_port(), "GET", "/metrics").text;
    EXPECT_THAT(metrics, HasSubstr("\nevent_processing_errors_total 0\n")) << "records were buried";
    std::cout << ledger_.events() << " events of " << ledger_.visitors() << " visitors, "
              << ledger_.forgotten() << " erased, " << ledger_.items() << " items; " << load_->requests()
              << " requests, " << load_->retries() << " of them again" << std::endl;
  }

  // Requires: no node runs.
  void ExpectStateIsWhatTheLogSays() {
    const auto exports = ExportBothWays(data_dir_);
    ASSERT_TRUE(exports) << exports.error().message();
    EXPECT_THAT(exports->kept, HasSubstr("signal\tdefault\tco_view"));
    EXPECT_EQ(Differences(exports->kept, exports->replayed), "");
  }

  const uint64_t seed_ = static_cast<uint64_t>(Setting("SIGNALBOX_FAULT_SEED", 20261120));
  std::mt19937_64 dice_{seed_};
  const harness::TemporaryFolder folder_;
  std::string data_dir_;
  std::vector<std::string> overrides_ = {"checkpoint.interval_seconds=1"};
  Ledger ledger_;
  std::unique_ptr<ServerProcess> server_;
  std::unique_ptr<Load> load_;  // ends before the server
};

TEST_F(KillTest, Kill_AtAnyMomentUnderLoad_LosesAndDoublesNothing) {
  const int kills = Setting("SIGNALBOX_FAULT_KILLS", 5), compare_every = 25;
  StartUnderLoad();

  for (int kill = 1; kill <= kills && !HasFatalFailure(); ++kill) {
    Sleep(Between(200, 2000));
    load_->SetPort(0);
    server_->Kill();
    if (kill % compare_every == 0 || kill == kills) ExpectStateIsWhatTheLogSays();
    if (kill % 3 == 0) {  // a start is no safe moment either
      auto starting = ServerProcess::Launch(data_dir_, overrides_);
      ASSERT_TRUE(starting);
      Sleep(Between(10, 400));
    }
    Start();
    if (kill % 10 == 0) std::cout << kill << " kills, " << ledger_.events() << " events" << std::endl;
  }
  load_->Stop();

  ExpectPromisesKept();
  EXPECT_GT(ledger_.forgotten(), 0u);
  EXPECT_EQ(server_->Terminate(), 0);
  ExpectStateIsWhatTheLogSays();
}

// The newest checkpoint's folder, if it has no manifest yet: it is being written, or was left so.
std::string UnfinishedCheckpoint(const std::string& data_dir) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(data_dir + "/checkpoints", error)) {
    if (!fs::exists(entry.path() / "MANIFEST.json", error)) return entry.path().filename();
  }
  return {};
}

TEST_F(KillTest, Kill_WhileACheckpointIsWritten_StartsFromTheOneBefore) {
  constexpr int kWanted = 3;
  StartUnderLoad();

  for (int hits = 0, tries = 0; hits < kWanted; ++tries) {
    ASSERT_LT(tries, 10 * kWanted) << "no checkpoint was caught being written";
    Sleep(Between(1100, 1500));  // one is complete
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (UnfinishedCheckpoint(data_dir_).empty() && std::chrono::steady_clock::now() < end) {
    }
    Sleep(Between(0, 10));
    load_->SetPort(0);
    server_->Kill();
    const std::string left = UnfinishedCheckpoint(data_dir_);
    hits += left.empty() ? 0 : 1;
    ASSERT_NO_FATAL_FAILURE(Start());
    EXPECT_THAT(server_->log(), HasSubstr("\"from_checkpoint\":true"));
  }
  load_->Stop();

  ExpectPromisesKept();
  server_->Kill();
  ExpectStateIsWhatTheLogSays();
}

TEST_F(KillTest, Terminate_UnderLoad_AnswersOrKeepsAllAndExitsWithZero) {
  StartUnderLoad();

  for (int round = 0; round < 3; ++round) {
    Sleep(Between(500, 1500));
    EXPECT_EQ(server_->Terminate(), 0) << server_->log();
    EXPECT_THAT(server_->log(), Not(HasSubstr("\"level\":\"error\"")));
    ASSERT_NO_FATAL_FAILURE(Start());
    EXPECT_THAT(server_->log(), HasSubstr("\"from_checkpoint\":true"));
  }
  load_->Stop();

  ExpectPromisesKept();
  EXPECT_EQ(server_->Terminate(), 0);
  ExpectStateIsWhatTheLogSays();
}

class FullNodeTest : public KillTest {
 protected:
  FullNodeTest() {
    data_dir_ = disk_.path();
    std::cout << (disk_.mounted() ? "tmpfs" : "limit on file sizes") << std::endl;
  }

  harness::Answer PostEvent(const std::string& user) {
    return server_->Post("/events", {{"user_id", user}, {"item_id", "i1"}, {"event_type", "view"}});
  }

  SmallDisk disk_;
};

TEST_F(FullNodeTest, FullDisk_RefusesWritesServesOnAndRecoversByItself) {
  StartUnderLoad();
  Sleep(1500);
  disk_.Fill(server_->pid());
  int status = 202;
  for (int i = 0; i < 1000 && status == 202; ++i) {
    status = PostEvent("filler" + std::to_string(i)).status;
    if (status == 202) ledger_.Accept("filler" + std::to_string(i), "i1");
  }

  EXPECT_THAT(status, ::testing::AnyOf(503, 429));
  Sleep(2500);  // checkpoints fail meanwhile
  const auto refused = PostEvent("nobody");
  EXPECT_THAT(refused.status, ::testing::AnyOf(503, 429)) << refused.text;
  // The catalogue's database may have room of its own left: then it keeps its promise, too.
  const auto item = server_->Post("/items", {{"item_id", "new"}, {"title", std::string(8'000, 'x')}});
  EXPECT_THAT(item.status, ::testing::AnyOf(202, 503)) << item.text;
  if (item.status == 202) ledger_.SetItem("new", true);
  EXPECT_EQ(server_->Get("/recommendations?user_id=filler0").status, 200);
  EXPECT_EQ(server_->Send(server_->ops_port(), "GET", "/readyz").status, 503);
  EXPECT_EQ(server_->Send(server_->ops_port(), "GET", "/livez").status, 200);

  disk_.Free(server_->pid());
  for (int i = 0; i < 300 && server_->Send(server_->ops_port(), "GET", "/readyz").status != 200; ++i)
    Sleep(100);
  const auto accepted = PostEvent("after");
  ASSERT_EQ(accepted.status, 202) << accepted.text << server_->log();
  ledger_.Accept("after", "i1");
  Sleep(1500);  // a checkpoint is complete again
  load_->Stop();

  ExpectPromisesKept();
  server_->Kill();
  ASSERT_NO_FATAL_FAILURE(Start());
  ExpectPromisesKept();
  server_->Kill();
  ExpectStateIsWhatTheLogSays();
}

// The two checks can fail: they see one lost event, one that counts twice, and one lost commit.

TEST_F(KillTest, Ledger_LostOrDoubledEvent_IsTold) {
  Start();
  const auto event = [](const char* user, const char* item) {
    return nlohmann::json{{"user_id", user}, {"item_id", item}, {"event_type", "view"}};
  };
  server_->Post("/events",
                {event("anna", "tent"), event("ben", "tent"), event("ben", "tent"), event("eve", "mug")});
  for (const char* user : {"anna", "ben"}) ledger_.Accept(user, "tent");
  ledger_.Accept("anna", "stove");  // never sent
  ledger_.Forget("eve");            // never sent
  ledger_.SetItem("lamp", true);    // never sent

  EXPECT_THAT(ledger_.Differences(*server_), ElementsAre("anna lost stove", "ben has besides tent",
                                                         "eve has besides mug", "lamp is gone: 404"));
}

TEST_F(KillTest, Exports_LogWithOneCommitLess_AreUnequal) {
  overrides_ = {"checkpoint.interval_seconds=3600"};
  Start();
  for (const char* item : {"tent", "stove", "mug"}) {
    ASSERT_EQ(
        server_->Post("/events", {{"user_id", "anna"}, {"item_id", item}, {"event_type", "view"}}).status,
        202);
  }
  server_->Kill();
  const auto whole = ExportReplayed(data_dir_);
  ASSERT_TRUE(whole) << whole.error().message();

  const auto dropped = DropLastGroup(data_dir_);
  ASSERT_TRUE(dropped) << dropped.error().message();
  const auto shorter = ExportReplayed(data_dir_);

  ASSERT_TRUE(shorter) << shorter.error().message();
  EXPECT_THAT(Differences(*whole, *shorter), HasSubstr("item/mug"));
  EXPECT_EQ(Differences(*whole, *whole), "");
}

}  // namespace
}  // namespace signalbox::fault
