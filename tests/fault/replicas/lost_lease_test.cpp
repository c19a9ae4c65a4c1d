// A process node that loses its lease while it lives: it stands by, and spoils nothing.
#include <sys/types.h>

#include <chrono>
#include <csignal>
#include <thread>

#include <gmock/gmock.h>

#include "load.hpp"
#include "standby.hpp"

namespace signalbox::fault {
namespace {

using harness::ServerProcess;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class LostLeaseTest : public StandbyTest {
 protected:
  int Archived() { return std::stoi(*postgres_.Run("SELECT count(*) FROM event_archive", database_)); }
  static int InTheLog(ServerProcess& node) {
    int records = 0;
    const auto status = node.Send(node.admin_port(), "GET", "/admin/v1/status").body;
    for (const auto& partition : status["partitions"]) records += partition.value("end", 0);
    return records;
  }
  static void Post(ServerProcess& node, int first, int count) {
    for (int i = first; i < first + count; ++i) {
      const auto answer = node.Post(
          "/events", {{"user_id", "user" + std::to_string(i)}, {"item_id", "tent"}, {"event_type", "view"}});
      ASSERT_EQ(answer.status, 202) << answer.text;
    }
  }
};

// The former holder goes on where it was, in the middle of anything.
TEST_F(LostLeaseTest, ActiveNodeFrozenUnderLoad_StandsByOnceItMovesAndSpoilsNoSharedCheckpoint) {
  shared_checkpoints_ = true;
  StartBoth();
  auto front = Start("front", "[ingest,recommend,admin]");
  Ledger ledger;
  Load load(ledger, {.threads = 2, .seed = static_cast<uint64_t>(Setting("SIGNALBOX_FAULT_SEED", 20261128))});
  load.SetPort(front->ingest_port());
  std::this_thread::sleep_for(std::chrono::milliseconds(1000));

  kill(active_->pid(), SIGSTOP);
  EXPECT_LE(TimeUntilRole(*standby_, "active", 2 * kTakeOverMs), kTakeOverMs) << standby_->log();
  kill(active_->pid(), SIGCONT);
  EXPECT_LE(TimeUntilRole(*active_, "standby", 5000), 5000) << active_->log();
  std::this_thread::sleep_for(std::chrono::milliseconds(2000));  // a few checkpoints
  load.Stop();
  const auto replica = Start("replica", kProcessRoles);

  EXPECT_EQ(RoleOf(*standby_), "active");
  EXPECT_THAT(load.failures(), IsEmpty());
  EXPECT_THAT(replica->log(), HasSubstr("\"from_checkpoint\":true"));
  for (auto* node : {replica.get(), active_.get(), standby_.get()}) {
    // One that is being written is no damage.
    EXPECT_THAT(node->log(), Not(AnyOf(HasSubstr("wrong size"), HasSubstr("damaged"))));
    EXPECT_THAT(ledger.Differences(*node), IsEmpty());
  }
}

TEST_F(LostLeaseTest, DatabaseAwayLongerThanTheLease_NodeStandsByServesOnAndComesBack) {
  active_ = Start("process-a", kProcessRoles);
  ASSERT_LE(TimeUntilRole(*active_, "active", kTakeOverMs), kTakeOverMs);
  Post(*active_, 0, 50);

  postgres_.Pause();  // connections stay, nothing answers
  EXPECT_LE(TimeUntilRole(*active_, "standby", 7000), 7000) << "the lease is over, and it works on";
  Post(*active_, 50, 50);
  EXPECT_EQ(active_->Get("/recommendations?user_id=user1").status, 200);
  EXPECT_EQ(active_->Send(active_->ops_port(), "GET", "/readyz").status, 200);
  postgres_.Continue();
  EXPECT_LE(TimeUntilRole(*active_, "active", 15'000), 15'000) << active_->log();

  // The archive has everything, once.
  EXPECT_TRUE(harness::WaitUntil(15'000, [&] { return Archived() == InTheLog(*active_); }))
      << Archived() << " of " << InTheLog(*active_) << ReadinessOf(*active_);
  EXPECT_EQ(InTheLog(*active_), 100);
  EXPECT_EQ(active_->Terminate(), 0);
}

}  // namespace
}  // namespace signalbox::fault
