// Hundreds of publishes while visitors are served: no error, no mixed answer, no memory kept.
#include <unistd.h>

#include <atomic>
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

constexpr int kWarmUp = 100;
constexpr int kPublishes = 300;
// A compiled scenario holds more than 100 KB: if each publish kept one, this would be passed four times.
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
    while (!stop_) {
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

TEST_F(ScriptStormTest, Publish_HundredsOfTimesUnderLoad_EveryAnswerIsOfOnePublishedRevision) {
  TeachShop();
  std::set<std::string> published = {"default@1"};
  std::thread first([this] { Ask(); }), second([this] { Ask(); });
  const auto storm = [&](int count) {
    for (int i = 0; i < count; ++i) published.insert(Publish(static_cast<int>(published.size())));
  };

  storm(kWarmUp);
  const int64_t before = ResidentBytes(server_->pid());
  storm(kPublishes);
  const int64_t after = ResidentBytes(server_->pid());
  stop_ = true;
  first.join();
  second.join();

  EXPECT_THAT(faults_, IsEmpty());
  EXPECT_EQ(published.size(), 1u + kWarmUp + kPublishes) << *published.rbegin();
  for (const auto& revision : revisions_) EXPECT_EQ(published.count(revision), 1u) << revision;
  EXPECT_GT(revisions_.size(), 20u) << asked_;
  EXPECT_LT(after - before, kMayGrowBytes);
}

}  // namespace
}  // namespace signalbox::flow
