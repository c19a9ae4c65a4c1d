// Every node and every server of a cluster is killed, stopped, cut off and filled up under load. Each
// event answered 202 is in every replica's state exactly once, what was refused was refused with 503 or
// 429, recommendations go on without an error, and everything catches up by itself.
//
//   SIGNALBOX_FAULT_NODE_KILLS   how often a node is killed (5)
//   SIGNALBOX_FAULT_ROUNDS       how often Redis and PostgreSQL are, and how often nodes are ended (1)
//   SIGNALBOX_FAULT_OUTAGES          how often the broker is killed (1)
//   SIGNALBOX_FAULT_OUTAGE_SECONDS   how long it stays away each time (3)
//   SIGNALBOX_FAULT_SEED         which moments and which visitors
#include <sys/resource.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <random>
#include <thread>

#include <gmock/gmock.h>

#include "cluster.hpp"
#include "harness/other_consumer.hpp"
#include "load.hpp"
#include "readers.hpp"

namespace signalbox::fault {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

int Setting(const char* name, int otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::atoi(text);
}

void Sleep(int ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

class NodeFaultTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto started = Cluster::Start();
    ASSERT_TRUE(started) << started.error().message();
    cluster_ = std::move(*started);
  }
  static void TearDownTestSuite() { cluster_.reset(); }

  void SetUp() override {
    ASSERT_TRUE(cluster_) << "no cluster: see the failure above";
    const std::string name = ::testing::UnitTest::GetInstance()->current_test_info()->name();
    load_ = std::make_unique<Load>(
        ledger_,
        LoadOptions{.threads = 3, .seed = seed_, .name = name.substr(0, name.find('_')), .asks = false});
    readers_ = std::make_unique<Readers>(2);
    TellPorts();
    Sleep(500);
  }
  void TearDown() override {
    load_.reset();
    readers_.reset();
  }

  void TellPorts() {
    load_->SetPort(cluster_->node(Cluster::kIngest).ingest_port());
    readers_->SetPort(0, cluster_->node(Cluster::kFirst).recommend_port());
    readers_->SetPort(1, cluster_->node(Cluster::kSecond).recommend_port());
  }
  int Between(int from, int to) {
    return from + static_cast<int>(dice_() % static_cast<uint64_t>(to - from));
  }
  void Start(Cluster::Member member) {
    const auto started = cluster_->StartNode(member);
    ASSERT_TRUE(started) << started.error().message();
    TellPorts();
  }
  // That many more events are accepted, within half a minute.
  void ExpectEventsGoOn(size_t more) {
    const size_t before = ledger_.events();
    EXPECT_TRUE(harness::WaitUntil(30'000, [&] { return ledger_.events() >= before + more; }))
        << "nothing is accepted any more\n"
        << cluster_->node(Cluster::kIngest).log();
  }

  void ExpectPromisesKept() {
    ExpectEventsGoOn(50);
    load_->Stop();
    readers_->Stop();
    EXPECT_THAT(load_->failures(), IsEmpty());
    EXPECT_THAT(readers_->failures(), IsEmpty());
    EXPECT_GT(readers_->answered(), 50u);
    Sleep(1100);  // nodes measure their lag every second
    EXPECT_TRUE(harness::WaitUntil(30'000, [&] { return cluster_->CaughtUp(); })) << "the lag stays";
    auto& ingest = cluster_->node(Cluster::kIngest);
    for (const auto member : {Cluster::kFirst, Cluster::kSecond}) {
      EXPECT_THAT(ledger_.Differences(cluster_->node(member), ingest), IsEmpty()) << Cluster::Name(member);
    }
    for (size_t member = 0; member < Cluster::kMembers; ++member) {
      auto& node = cluster_->node(static_cast<Cluster::Member>(member));
      EXPECT_THAT(cluster_->Metrics(static_cast<Cluster::Member>(member)),
                  HasSubstr("\nevent_processing_errors_total 0\n"));
      EXPECT_TRUE(harness::WaitUntil(10'000, [&] {
        return node.Send(node.ops_port(), "GET", "/readyz").status == 200;
      })) << node.Send(node.ops_port(), "GET", "/readyz").text;
    }
    std::cout << ledger_.events() << " events of " << ledger_.visitors() << " visitors; " << load_->requests()
              << " writes, " << load_->retries() << " of them again; " << readers_->answered()
              << " recommendations, " << readers_->again() << " at the second node" << std::endl;
  }

  static std::unique_ptr<Cluster> cluster_;
  const uint64_t seed_ = static_cast<uint64_t>(Setting("SIGNALBOX_FAULT_SEED", 20261128));
  const int rounds_ = Setting("SIGNALBOX_FAULT_ROUNDS", 1);
  std::mt19937_64 dice_{seed_};
  Ledger ledger_;
  std::unique_ptr<Load> load_;
  std::unique_ptr<Readers> readers_;
};

std::unique_ptr<Cluster> NodeFaultTest::cluster_;

TEST_F(NodeFaultTest, Kill_EachRoleAtAnyMoment_LosesAndDoublesNothing) {
  const int kills = Setting("SIGNALBOX_FAULT_NODE_KILLS", 5);
  for (int kill = 0; kill < kills && !HasFatalFailure(); ++kill) {
    const auto member = static_cast<Cluster::Member>(static_cast<size_t>(kill) % Cluster::kMembers);
    Sleep(Between(100, 1000));
    if (member == Cluster::kIngest) load_->SetPort(0);
    cluster_->node(member).Kill();
    if (kill % 7 == 6) {  // a start is no safe moment either
      ASSERT_TRUE(cluster_->LaunchNode(member));
      Sleep(Between(10, 600));
      cluster_->node(member).Kill();
    }
    Start(member);
    if (kill % 10 == 9) std::cout << kill + 1 << " kills, " << ledger_.events() << " events" << std::endl;
  }
  ExpectPromisesKept();
}

TEST_F(NodeFaultTest, Terminate_EachRole_EndsWithZeroAndLosesNothing) {
  for (int round = 0; round < rounds_; ++round) {
    for (const auto member : {Cluster::kIngest, Cluster::kProcess, Cluster::kSecond, Cluster::kAdmin}) {
      if (HasFatalFailure()) break;
      auto& node = cluster_->node(member);
      EXPECT_EQ(node.Terminate(), 0) << Cluster::Name(member) << "\n" << node.log();
      if (member == Cluster::kIngest) load_->SetPort(0);
      Start(member);
    }
  }
  ExpectPromisesKept();
}

TEST_F(NodeFaultTest, Redis_KilledAndStopped_NobodyNotices) {
  for (int round = 0; round < rounds_; ++round) {
    cluster_->redis().Kill();
    ExpectEventsGoOn(50);
    ASSERT_TRUE(cluster_->redis().Restart());
    cluster_->redis().Pause();
    Sleep(5000);
    cluster_->redis().Continue();
  }
  ExpectPromisesKept();
}

TEST_F(NodeFaultTest, Postgres_RestartedAndBackendsTerminated_EventsAndRecommendationsGoOn) {
  for (int round = 0; round < rounds_; ++round) {
    for (int i = 0; i < 3; ++i) {
      cluster_->postgres().TerminateBackends();
      Sleep(Between(50, 300));
    }
    cluster_->postgres().Stop();
    Sleep(500);
    ASSERT_TRUE(cluster_->postgres().Restart());
    ExpectEventsGoOn(50);
  }
  ExpectPromisesKept();
}

TEST_F(NodeFaultTest, Broker_KilledAndAway_RefusesMeanwhileAndEverythingCatchesUp) {
  auto& ingest = cluster_->node(Cluster::kIngest);
  for (int outage = 0; outage < Setting("SIGNALBOX_FAULT_OUTAGES", 1); ++outage) {
    cluster_->broker().Kill();
    Sleep(Setting("SIGNALBOX_FAULT_OUTAGE_SECONDS", 3) * 1000);
    const auto refused =
        ingest.Post("/events", {{"user_id", "late"}, {"item_id", "i"}, {"event_type", "view"}});
    EXPECT_THAT(refused.status, ::testing::AnyOf(503, 429)) << refused.text;
    const auto back = cluster_->broker().Restart();
    ASSERT_TRUE(back) << back.error().message();
    ExpectEventsGoOn(50);
  }
  ExpectPromisesKept();
}

// No file may grow: checkpoints, dead letters and logs cannot be written, what is in memory goes on.
TEST_F(NodeFaultTest, DisksFull_OfEveryNode_EventsAndRecommendationsGoOn) {
  const auto limit = [&](rlim_t bytes) {
    for (size_t member = 0; member < Cluster::kMembers; ++member) {
      rlimit limits{};
      const pid_t pid = cluster_->node(static_cast<Cluster::Member>(member)).pid();
      ASSERT_EQ(prlimit(pid, RLIMIT_FSIZE, nullptr, &limits), 0);
      limits.rlim_cur = bytes;
      ASSERT_EQ(prlimit(pid, RLIMIT_FSIZE, &limits, nullptr), 0);
    }
  };
  limit(4096);
  Sleep(2500);  // checkpoints fail meanwhile
  ExpectEventsGoOn(50);
  limit(RLIM_INFINITY);
  Sleep(2500);
  EXPECT_THAT(cluster_->node(Cluster::kProcess).log(), HasSubstr("checkpoint"));
  ExpectPromisesKept();

  // What was written in between is whole again.
  cluster_->node(Cluster::kFirst).Kill();
  const auto started = cluster_->StartNode(Cluster::kFirst);
  ASSERT_TRUE(started) << started.error().message();
  EXPECT_THAT(ledger_.Differences(cluster_->node(Cluster::kFirst), cluster_->node(Cluster::kIngest)),
              IsEmpty());
}

// After all of that: the topic of items has the last version of every item, deletions included.
TEST_F(NodeFaultTest, ItemsTopic_InTheEnd_AgreesWithTheCatalogue) {
  ExpectPromisesKept();
  EXPECT_TRUE(harness::WaitUntil(20'000, [&] {
    return cluster_->Query("SELECT count(*) FROM item_outbox") == "0";
  })) << cluster_->node(Cluster::kIngest).log();
  std::map<std::string, std::pair<uint64_t, bool>> newest;  // version, deleted
  for (const auto& message : harness::ReadTopic(cluster_->broker().address(), "items")) {
    const uint64_t version = std::stoull(message.headers.at("item-version"));
    auto& known = newest[message.key.substr(message.key.rfind('\0') + 1)];
    if (version >= known.first) known = {version, !message.value};
  }

  EXPECT_GT(newest.size(), 100u);
  EXPECT_EQ(std::to_string(newest.size()), cluster_->Query("SELECT count(*) FROM items"));
  size_t row = 0;
  std::string expected;
  for (const auto& [id, item] : newest) {
    expected += (expected.empty() ? "" : "\n") + id + '|' + std::to_string(item.first) + '|' +
                (item.second ? 't' : 'f');
    // Few enough for what psql's output is read into.
    if (++row % 50 != 0 && row != newest.size()) continue;
    EXPECT_EQ(expected, cluster_->Query("SELECT id, epoch, deleted FROM items ORDER BY id LIMIT 50 OFFSET " +
                                        std::to_string((row - 1) / 50 * 50)));
    expected.clear();
  }
}

// A partition loses records behind a running node, and grows again before the node has looked. Its own
// topic: what is lost cannot be brought back.
TEST_F(NodeFaultTest, Partition_Truncated_IsToldAndNothingIsAppliedOnTop) {
  load_->Stop();
  const auto node = cluster_->StartAlone("truncated");
  ASSERT_TRUE(node) << node.error().message();
  auto& server = **node;
  const auto post = [&](const std::string& user, int count) {
    auto events = nlohmann::json::array();
    for (int i = 0; i < count; ++i)
      events.push_back({{"user_id", user}, {"item_id", "i" + std::to_string(i)}, {"event_type", "view"}});
    EXPECT_TRUE(harness::WaitUntil(30'000, [&] { return server.Post("/events", events).status == 202; }));
  };
  const auto history = [&](const std::string& user) {
    const auto answer = server.Get("/users/" + user + "/history");
    return answer.status == 200 ? answer.body["history"].size() : 0;
  };
  post("anna", 10);
  ASSERT_TRUE(harness::WaitUntil(10'000, [&] { return history("anna") == 10; }));
  cluster_->broker().Stop();
  for (const auto& file :
       std::filesystem::directory_iterator(cluster_->broker().data_dir() + "/truncated-0")) {
    if (file.path().extension() != ".metadata") std::filesystem::remove(file.path());
  }
  ASSERT_TRUE(cluster_->broker().Restart());

  post("ben", 30);  // the log is longer than before

  EXPECT_TRUE(harness::WaitUntil(15'000, [&] {
    return server.Send(server.ops_port(), "GET", "/metrics")
               .text.find("signalbox_process_log_truncated{partition=\"0\"} 1\n") != std::string::npos;
  })) << server.log();
  EXPECT_THAT(server.Send(server.ops_port(), "GET", "/readyz").text,
              HasSubstr("partition 0 was truncated or replaced"));
  EXPECT_THAT(server.log(), HasSubstr("partition 0 was truncated or replaced"));
  EXPECT_EQ(server.Get("/recommendations?user_id=anna").status, 200);
  EXPECT_EQ(history("anna"), 10u);
  EXPECT_EQ(history("ben"), 0u);
}

}  // namespace
}  // namespace signalbox::fault
