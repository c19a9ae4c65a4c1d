// The broker is killed, and away for a while, under load: every event answered 202 is applied once,
// what was refused was refused with 503 or 429, and everything goes on by itself.
//
//   SIGNALBOX_FAULT_OUTAGES          how often (1)
//   SIGNALBOX_FAULT_OUTAGE_SECONDS   how long the broker stays away each time (3)
#include <cstdlib>
#include <iostream>

#include <gmock/gmock.h>

#include "harness/kafka_broker.hpp"
#include "load.hpp"

namespace signalbox::fault {
namespace {

using harness::ServerProcess;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

int Setting(const char* name, int otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::atoi(text);
}

void Sleep(int ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

TEST(BrokerFaultTest, Kill_UnderLoad_LosesAndDoublesNothingAndNeedsNoHand) {
  auto broker = harness::KafkaBroker::Start();
  ASSERT_TRUE(broker) << broker.error().message();
  const harness::TemporaryFolder folder;
  // Answers come before the load's clients give up waiting for them.
  auto started = ServerProcess::Start(
      folder.path() + "/data", {"event_log.kind=kafka", "event_log.kafka.brokers=" + (*broker)->address(),
                                "event_log.kafka.append_timeout_ms=2000", "checkpoint.interval_seconds=1"});
  ASSERT_TRUE(started) << started.error().message();
  auto& server = **started;
  Ledger ledger;
  Load load(ledger, {.seed = static_cast<uint64_t>(Setting("SIGNALBOX_FAULT_SEED", 20261127))});
  load.SetPort(server.ingest_port());
  Sleep(1500);

  const int outages = Setting("SIGNALBOX_FAULT_OUTAGES", 1);
  for (int outage = 0; outage < outages; ++outage) {
    (*broker)->Kill();
    Sleep(Setting("SIGNALBOX_FAULT_OUTAGE_SECONDS", 3) * 1000);
    const auto refused =
        server.Post("/events", {{"user_id", "late"}, {"item_id", "i"}, {"event_type", "view"}});
    EXPECT_THAT(refused.status, ::testing::AnyOf(503, 429)) << refused.text;
    EXPECT_EQ(server.Get("/recommendations?user_id=anna").status, 200);
    const auto back = (*broker)->Restart();
    ASSERT_TRUE(back) << back.error().message();
    const size_t before = ledger.events();
    for (int i = 0; i < 300 && ledger.events() < before + 50; ++i) Sleep(100);
    EXPECT_GE(ledger.events(), before + 50) << "nothing is accepted any more\n" << server.log();
  }
  load.Stop();

  EXPECT_THAT(load.failures(), IsEmpty());
  std::string metrics;
  const auto caught_up = [&] {
    metrics = server.Send(server.ops_port(), "GET", "/metrics").text;
    for (const char* partition : {"0", "1", "2"}) {
      if (metrics.find("signalbox_process_lag_records{partition=\"" + std::string(partition) + "\"} 0\n") ==
          std::string::npos) {
        return false;
      }
    }
    return ledger.Differences(server).empty();
  };
  for (int i = 0; i < 50 && !caught_up(); ++i) Sleep(200);
  EXPECT_THAT(ledger.Differences(server), IsEmpty());
  EXPECT_TRUE(caught_up()) << metrics;
  EXPECT_THAT(metrics, HasSubstr("\nevent_processing_errors_total 0\n"));
  EXPECT_EQ(server.Send(server.ops_port(), "GET", "/readyz").status, 200);
  std::cout << ledger.events() << " events of " << ledger.visitors() << " visitors, " << outages
            << " outages; " << load.requests() << " requests, " << load.retries() << " of them again"
            << std::endl;
}

}  // namespace
}  // namespace signalbox::fault
