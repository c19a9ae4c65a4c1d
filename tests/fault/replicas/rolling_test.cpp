// Every node is restarted, one after the other, under load: no request fails.
//
//   SIGNALBOX_FAULT_ROLLS   how many rounds (1)
#include <atomic>
#include <iostream>
#include <thread>

#include <gmock/gmock.h>

#include "cluster.hpp"
#include "ledger.hpp"
#include "round_robin.hpp"

namespace signalbox::fault {
namespace {

using nlohmann::json;
using ::testing::IsEmpty;

constexpr int kEventsOfOne = 20;

// Visitors, each of whom looks at things and asks for recommendations after each.
class Visitors {
 public:
  Visitors(Ledger& ledger, std::vector<uint16_t> ingest, std::vector<uint16_t> recommend)
      : ledger_(ledger), ingest_ports_(std::move(ingest)), recommend_ports_(std::move(recommend)) {}
  ~Visitors() { Stop(); }

  void Start(int threads) {
    for (int i = 0; i < threads; ++i) threads_.emplace_back([this, i] { Run(i); });
  }
  void Stop() {
    stopping_ = true;
    for (auto& thread : threads_) thread.join();
    threads_.clear();
  }

  // Of the stopped ones.
  const std::vector<std::string>& failures() const { return failures_; }
  uint64_t requests() const { return requests_; }
  uint64_t retries() const { return retries_; }

 private:
  void Run(int number) {
    RoundRobin ingest(ingest_ports_, static_cast<size_t>(number));
    RoundRobin recommend(recommend_ports_, static_cast<size_t>(number));
    for (int i = 0; !stopping_; ++i) {
      const std::string user = "v" + std::to_string(number) + "-" + std::to_string(i / kEventsOfOne);
      const std::string item = "i" + std::to_string(i % kEventsOfOne);
      const json event = {
          {"user_id", user}, {"item_id", item}, {"event_type", "view"}, {"event_id", user + "-" + item}};
      if (Expect(202, ingest.Send("POST", "/events", event.dump()))) ledger_.Accept(user, item);
      Expect(200, recommend.Send("GET", "/recommendations?count=5&user_id=" + user));
      std::this_thread::sleep_for(std::chrono::milliseconds(5));  // leaves the processor to the nodes
    }
    retries_ += ingest.retries() + recommend.retries();
  }
  bool Expect(int status, const Result<ports::HttpResponse>& answer) {
    ++requests_;
    if (answer && answer->status == status) return true;
    const std::lock_guard lock(mutex_);
    failures_.push_back(answer ? std::to_string(answer->status) + " " + answer->body
                               : answer.error().message());
    return false;
  }

  Ledger& ledger_;
  const std::vector<uint16_t> ingest_ports_, recommend_ports_;
  std::atomic<bool> stopping_{false};
  std::atomic<uint64_t> requests_{0}, retries_{0};
  std::mutex mutex_;
  std::vector<std::string> failures_;  // guarded by mutex_
  std::vector<std::thread> threads_;
};

class RollingTest : public ClusterTest {
 protected:
  void Restart(const std::string& name) {
    auto& [roles, node] = nodes_.at(name);
    EXPECT_EQ(node->Terminate(), 0) << name << ": " << node->log();
    node = Start(name, roles);
  }

  std::map<std::string, std::pair<std::string, std::unique_ptr<harness::ServerProcess>>> nodes_;
};

TEST_F(RollingTest, RestartOfEveryNodeUnderLoad_NoRequestFailsAndNothingIsLost) {
  const std::vector<std::pair<std::string, std::string>> kNodes = {{"process-a", "[process]"},
                                                                   {"ingest-1", "[ingest]"},
                                                                   {"ingest-2", "[ingest]"},
                                                                   {"recommender-1", "[recommend,admin]"},
                                                                   {"recommender-2", "[recommend,admin]"}};
  for (const auto& [name, roles] : kNodes) nodes_[name] = {roles, Start(name, roles)};
  Ledger ledger;
  Visitors visitors(ledger, {PortsOf("ingest-1").ingest, PortsOf("ingest-2").ingest},
                    {PortsOf("recommender-1").recommend, PortsOf("recommender-2").recommend});
  visitors.Start(4);
  std::this_thread::sleep_for(std::chrono::milliseconds(1500));

  const int rolls = Setting("SIGNALBOX_FAULT_ROLLS", 1);
  for (int roll = 0; roll < rolls; ++roll) {
    for (const auto& [name, roles] : kNodes) Restart(name);
  }
  visitors.Stop();

  EXPECT_THAT(visitors.failures(), IsEmpty());
  EXPECT_GT(visitors.requests(), 500u);
  for (const char* name : {"recommender-1", "recommender-2"}) {
    EXPECT_THAT(ledger.Differences(*nodes_.at(name).second), IsEmpty()) << name;
  }
  EXPECT_LE(TimeUntilRole(*nodes_.at("process-a").second, "active", 10'000), 10'000);
  std::cout << ledger.events() << " events of " << ledger.visitors() << " visitors, " << rolls
            << " rounds of restarts; " << visitors.requests() << " requests, " << visitors.retries()
            << " of them again" << std::endl;
}

}  // namespace
}  // namespace signalbox::fault
