// A node with an empty data directory starts from a checkpoint of the process node, over HTTP.
#include <filesystem>

#include <gmock/gmock.h>

#include "cluster.hpp"

namespace signalbox::fault {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class BootstrapTest : public ClusterTest {
 protected:
  // The process node, with a checkpoint of an event that it knows of.
  std::unique_ptr<harness::ServerProcess> StartProcess() {
    auto process = Start("process-a", "[process,ingest]");
    const json event = {{"user_id", "anna"}, {"item_id", "tent"}, {"event_type", "view"}};
    EXPECT_EQ(process->Post("/events", event).status, 202);
    EXPECT_TRUE(harness::WaitUntil(
        10'000, [&] { return process->log().find("holds the lease") != std::string::npos; }));
    EXPECT_EQ(process->Terminate(), 0);  // with a last checkpoint
    return Start("process-a", "[process,ingest]");
  }
};

TEST_F(BootstrapTest, EmptyDirectory_StartsFromTheProcessNodesCheckpointAndSaysHowFarItIs) {
  const auto process = StartProcess();

  const auto replica = Start("replica", "[recommend]");

  EXPECT_THAT(replica->log(), HasSubstr("fetched a checkpoint"));
  EXPECT_THAT(replica->log(), HasSubstr("\"from_checkpoint\":true"));
  EXPECT_THAT(replica->Get("/users/anna/history").body["history"], SizeIs(1));
  EXPECT_EQ(ReadinessOf(*replica).value("lag_records", -1), 0) << ReadinessOf(*replica);
  EXPECT_FALSE(ReadinessOf(*replica).contains("process"));
  EXPECT_FALSE(std::filesystem::exists(DataDir("replica") + "/checkpoints/incoming"));
  EXPECT_EQ(replica->Send(replica->ops_port(), "GET", "/cluster/v1/checkpoint").status, 404);
  EXPECT_EQ(process->Send(process->ops_port(), "GET", "/cluster/v1/checkpoint").status, 401);
}

TEST_F(BootstrapTest, WrongToken_IsRefusedNamingTheKey) {
  const auto process = StartProcess();

  auto overrides = Overrides("replica", "[recommend]");
  overrides.emplace_back("cluster.token='another token than that'");
  const auto refused = harness::ServerProcess::Start(DataDir("replica"), overrides);

  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("cluster.token"));
}

}  // namespace
}  // namespace signalbox::fault
