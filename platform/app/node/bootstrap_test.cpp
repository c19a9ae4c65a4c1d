// When a node may start without a checkpoint of another node's.
#include "app/node/bootstrap.hpp"

#include <unistd.h>

#include <filesystem>

#include <gmock/gmock.h>

#include "adapters/http/http_server.hpp"
#include "ports/fakes/memory_event_log.hpp"
#include "ports/fakes/recording_metrics.hpp"
#include "process/checkpoint_routes.hpp"
#include "state/checkpoint.hpp"

namespace signalbox::app {
namespace {

using ::testing::HasSubstr;

class BootstrapTest : public ::testing::Test {
 protected:
  BootstrapTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "signalbox-bootstrap-XXXXXX").string();
    root_ = mkdtemp(pattern.data());
    settings_.checkpoint.dir = root_ + "/own";
    settings_.roles = {"process"};  // which does not wait
    settings_.cluster = {"0123456789abcdef", {"http://127.0.0.1:1"}, 10};
  }
  ~BootstrapTest() override { std::filesystem::remove_all(root_); }

  static void WriteCheckpoint(const std::string& dir, uint64_t offset) {
    state::CheckpointManifest manifest;
    manifest.offsets = {offset, offset, 0};
    auto writer = state::CheckpointWriter::Begin(dir, manifest);
    ASSERT_TRUE(writer);
    ASSERT_TRUE((*writer)->Section("dedup"));
    ASSERT_TRUE((*writer)->Commit());
  }
  uint64_t OwnOffset() const {
    const auto newest = state::CheckpointReader::OpenNewest(settings_.checkpoint.dir);
    return newest && *newest ? (*newest)->manifest().offsets[0] : 0;
  }
  // The other process node, with the checkpoints of `dir`.
  void StartOther(const std::string& dir) {
    auto router = std::make_shared<ports::Router>();
    process::RegisterCheckpointRoutes(*router, dir, "0123456789abcdef");
    auto server = adapters::http::StartHttpServer({}, router, metrics_);
    ASSERT_TRUE(server) << server.error().message();
    other_ = std::move(*server);
    settings_.cluster.process_urls = {"http://127.0.0.1:" + std::to_string(other_->port())};
  }
  void DropBeginningOfTheLog() { storage_->partitions[1].first = 5; }
  Result<void> Run() {
    return FetchCheckpoint(settings_, log_, [](const std::string&) {});
  }

  std::string root_;
  Settings settings_;
  ports::fakes::RecordingMetrics metrics_;
  std::unique_ptr<ports::HttpServer> other_;
  std::shared_ptr<ports::fakes::MemoryLogStorage> storage_ =
      std::make_shared<ports::fakes::MemoryLogStorage>();
  ports::fakes::MemoryEventLog log_{{.partitions = 3, .storage = storage_}};
};

TEST_F(BootstrapTest, OtherNodeHasOne_IsFetchedOverTheNetwork) {
  WriteCheckpoint(root_ + "/other", 7);
  StartOther(root_ + "/other");

  const auto done = Run();

  ASSERT_TRUE(done) << done.error().message();
  EXPECT_EQ(OwnOffset(), 7u);
}

TEST_F(BootstrapTest, NobodyAnswersButTheLogIsWhole_Starts) {
  EXPECT_TRUE(Run());
  EXPECT_EQ(OwnOffset(), 0u);
}

TEST_F(BootstrapTest, NobodyAnswersAndTheLogsBeginningIsGone_IsRefusedNamingTheKey) {
  DropBeginningOfTheLog();

  const auto refused = Run();

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().field(), "cluster.process_urls");
  EXPECT_THAT(refused.error().message(), HasSubstr("the log's beginning is gone"));
}

TEST_F(BootstrapTest, NobodyAnswersButThereIsOneOfItsOwn_Starts) {
  DropBeginningOfTheLog();
  WriteCheckpoint(settings_.checkpoint.dir, 5);

  EXPECT_TRUE(Run());
  EXPECT_EQ(OwnOffset(), 5u);
}

TEST_F(BootstrapTest, NobodyAnswersAndTheLogNoLongerReachesItsOwn_IsRefused) {
  DropBeginningOfTheLog();
  WriteCheckpoint(settings_.checkpoint.dir, 4);

  const auto refused = Run();

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().field(), "cluster.process_urls");
}

TEST_F(BootstrapTest, AnotherToken_IsRefused) {
  StartOther(root_ + "/other");
  settings_.cluster.token = "another token than that";

  const auto refused = Run();

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().field(), "cluster.token");
}

}  // namespace
}  // namespace signalbox::app
