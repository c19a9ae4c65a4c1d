// Two process nodes: one works, the other stands by and takes over, however the first ends; and nothing
// is lost or counts twice.
//
//   SIGNALBOX_FAULT_TAKEOVERS   how often the active one is killed (1)
#include <iostream>
#include <random>

#include <gmock/gmock.h>

#include "load.hpp"
#include "standby.hpp"

namespace signalbox::fault {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST_F(StandbyTest, ActiveNodeKilledUnderLoad_StandbyTakesOverInTimeAndEveryEventCountsOnce) {
  StartBoth();
  EXPECT_EQ(RoleOf(*standby_), "standby");
  EXPECT_TRUE(harness::WaitUntil(kTakeOverMs, [&] {
    return ReadinessOf(*standby_)["process"].value("standing_by", "").find("standing by for ") == 0;
  })) << ReadinessOf(*standby_);
  auto front = Start("front", "[ingest,recommend,admin]");
  Ledger ledger;
  const auto seed = static_cast<uint64_t>(Setting("SIGNALBOX_FAULT_SEED", 20261128));
  std::mt19937_64 dice(seed);
  Load load(ledger, {.threads = 3, .seed = seed});
  load.SetPort(front->ingest_port());

  int slowest_ms = 0;
  std::string next = "process-a";
  const int takeovers = Setting("SIGNALBOX_FAULT_TAKEOVERS", 1);
  for (int i = 0; i < takeovers; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(500 + dice() % 2000));
    active_->Kill();
    const int took_ms = TimeUntilRole(*standby_, "active", 2 * kTakeOverMs);
    EXPECT_LE(took_ms, kTakeOverMs) << standby_->log();
    slowest_ms = std::max(slowest_ms, took_ms);
    active_ = std::exchange(standby_, Start(next, kProcessRoles));
    EXPECT_EQ(RoleOf(*standby_), "standby");
    next = next == "process-a" ? "process-b" : "process-a";
  }
  ASSERT_EQ(EndOf(*front), "") << front->log();
  load.Stop();
  const auto replica = Start("replica", "[ingest,recommend,admin]");

  EXPECT_THAT(load.failures(), IsEmpty());
  EXPECT_THAT(replica->log(), HasSubstr("fetched a checkpoint"));
  for (auto* node : {replica.get(), active_.get(), standby_.get(), front.get()}) {
    EXPECT_THAT(ledger.Differences(*node), IsEmpty());
  }
  std::cout << ledger.events() << " events of " << ledger.visitors() << " visitors, " << takeovers
            << " take-overs, the slowest in " << slowest_ms << " ms; " << load.retries()
            << " requests sent again" << std::endl;
}

TEST_F(StandbyTest, ActiveNodeTerminated_GivesTheLeaseUpAtOnce) {
  StartBoth();

  EXPECT_EQ(active_->Terminate(), 0) << active_->log();

  EXPECT_LE(TimeUntilRole(*standby_, "active", 3000), 3000) << standby_->log();
}

}  // namespace
}  // namespace signalbox::fault
