// A hundred publishes a second while visitors are served: no error, no mixed answer, no memory kept.
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <mutex>
#include <set>
#include <thread>

#include <gmock/gmock.h>

#include "adapters/http/poco_client.hpp"
#include "flow_fixture.hpp"

namespace signalbox::flow {
namespace {

using ::testing::IsEmpty;

using Clock = std::chrono::steady_clock;

constexpr auto kBetweenPublishes = std::chrono::milliseconds(10);
constexpr auto kBetweenRequests = std::chrono::milliseconds(2);  // of each of two visitors
constexpr int kWarmUp = 200;
constexpr int kPublishes = 800;
// A compiled scenario holds more than 100 KB: if each publish kept one, this would be passed ten times.
constexpr int64_t kMayGrowBytes = 8 << 20;

int64_t ResidentBytes(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/statm");
  int64_t total = 0, resident = 0;
  file >> total >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

class ScriptStormTest : public FlowTest {
 protected:
  // The scenario's next revision, in force; its id.
  std::string Publish(int round) {
    const auto send = [&](const std::string& path, const json& body) {
      return server_->Send(server_->admin_port(), "POST", "/admin/v1/scenarios/default/revisions" + path,
                           body.dump());
    };
    const std::string source =
        "tunable('weight', 0.5)\ncandidates { popularity = 100, co_view = 100 }\n"
        "filter('round " +
        std::to_string(round) +
        "', function(item) return item.id ~= 'none' end)\n"
        "function weights(ctx) return { popularity = tune.weight } end\n";
    const auto draft = send("", {{"source", source}});
    if (draft.status != 201) return draft.text;
    const std::string number = "/" + draft.body["revision"]["number"].dump();
    if (const auto valid = send(number + "/validate", json::object()); valid.status != 200) return valid.text;
    const auto published = send(number + "/publish", json::object());
    return published.status == 200 ? published.body.value("id", "") : published.text;
  }

  // Asks until told to stop, and notes what is not right.
  void Ask() {
    auto client =
        adapters::http::MakePocoClient("http://127.0.0.1:" + std::to_string(server_->recommend_port()));
    ASSERT_TRUE(client);
    for (auto due = Clock::now(); !stop_; due += kBetweenRequests) {
      std::this_thread::sleep_until(due);
      const auto answer = (*client)->Send("GET", "/recommendations?user_id=camper1&count=3", {}, "");
      const std::lock_guard lock(mutex_);
      ++asked_;
      if (!answer || answer->status != 200) {
        faults_.insert(answer ? answer->body : answer.error().message());
        continue;
      }
      const json body = json::parse(answer->body, nullptr, false);
      revisions_.insert(body.value("revision", "none"));
      if (body["recommendations"].empty()) faults_.insert("an empty list");
    }
  }

  std::atomic<bool> stop_{false};
  std::mutex mutex_;
  std::set<std::string> faults_, revisions_;  // guarded by mutex_, as asked_
  int asked_ = 0;
};

TEST_F(ScriptStormTest, Publish_HundredASecondUnderLoad_EveryAnswerIsOfOnePublishedRevision) {
  TeachShop();
  std::set<std::string> published = {"default@1"};
  std::thread first([this] { Ask(); }), second([this] { Ask(); });
  // A machine that cannot keep up does them one after another.
  const auto storm = [&](int count) {
    const auto start = Clock::now();
    for (int i = 0; i < count; ++i) {
      std::this_thread::sleep_until(start + i * kBetweenPublishes);
      published.insert(Publish(static_cast<int>(published.size())));
    }
    return count / std::chrono::duration<double>(Clock::now() - start).count();
  };

  storm(kWarmUp);
  const int64_t before = ResidentBytes(server_->pid());
  const double rate = storm(kPublishes);
  // What readers held is let go of by the next publishes and requests.
  const auto grown = [&] { return ResidentBytes(server_->pid()) - before; };
  bool returned = false;
  for (int i = 0; i < 3 && !returned; ++i) returned = WithinASecond([&] { return grown() < kMayGrowBytes; });
  stop_ = true;
  first.join();
  second.join();

  EXPECT_THAT(faults_, IsEmpty());
  EXPECT_EQ(published.size(), 1u + kWarmUp + kPublishes) << *published.rbegin();
  for (const auto& revision : revisions_) EXPECT_EQ(published.count(revision), 1u) << revision;
  EXPECT_GT(revisions_.size(), 20u) << asked_;
  EXPECT_TRUE(returned) << "the process has grown by more than " << kMayGrowBytes << " bytes";
  std::printf("%.0f publishes a second beside %d requests\n", rate, asked_);
}

}  // namespace
}  // namespace signalbox::flow
