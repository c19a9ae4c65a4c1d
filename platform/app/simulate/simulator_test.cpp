// Live visitors against a server made of memory.
#include "app/simulate/simulator.hpp"

#include <gmock/gmock.h>

#include <mutex>

#include <nlohmann/json.hpp>

namespace signalbox::app {
namespace {

using nlohmann::json;

struct FakeServer {
  std::mutex mutex;
  std::vector<json> items, events;
  std::vector<std::string> asked;
  std::string shown = "tent-05";

  ports::HttpResponse Answer(std::string_view method, std::string_view target, std::string_view body) {
    const std::lock_guard lock(mutex);
    if (method == "GET") {
      asked.emplace_back(target);
      const json list = {{{"item_id", shown}}, {{"item_id", "unknown"}}};
      return {.body = json{{"recommendation_id", "rec-1"}, {"recommendations", list}}.dump()};
    }
    json results = json::array();
    for (size_t start = 0; start < body.size();) {
      const size_t end = body.find('\n', start);
      (target == "/items" ? items : events).push_back(json::parse(body.substr(start, end - start)));
      results.push_back({{"status", "accepted"}});
      start = end + 1;
    }
    return {.status = 202, .body = json{{"results", results}}.dump()};
  }
};

class FakeClient final : public ports::HttpClient {
 public:
  explicit FakeClient(FakeServer& server) : server_(server) {}
  Result<ports::HttpResponse> Send(std::string_view method, std::string_view target, const Headers&,
                                   std::string_view body) override {
    return server_.Answer(method, target, body);
  }

 private:
  FakeServer& server_;
};

TEST(Simulator, Live_FollowingRecommendations_ClicksCarryTheRecommendation) {
  const auto shop = Shop::Load(SIGNALBOX_SOURCE_DIR "/infra/sample-shop");
  ASSERT_TRUE(shop);
  FakeServer server;
  SimulationOptions options;
  options.rate = 100000;
  options.events = 2000;
  options.follow_recommendations = true;
  const ManualClock clock(1793500000000);
  const std::atomic<bool> stop{false};
  SimulationCounts counts;
  ImportReport report;

  const auto ran = Simulate(
      *shop, options,
      [&]() -> Result<std::unique_ptr<ports::HttpClient>> { return std::make_unique<FakeClient>(server); },
      clock, stop, [] {}, &counts, &report);

  ASSERT_TRUE(ran) << ran.error().message();
  EXPECT_EQ(server.items.size(), shop->products().size());
  EXPECT_EQ(server.events.size(), 2000 + counts.list_clicks);
  EXPECT_EQ(report.accepted(), server.items.size() + server.events.size());
  EXPECT_EQ(server.asked.size(), counts.lists);
  ASSERT_GT(counts.list_clicks, 0u);
  size_t clicks = 0;
  for (const json& event : server.events) {
    EXPECT_EQ(event.at("timestamp"), 1793500000000);
    if (event.value("recommendation_id", "") != "rec-1") continue;
    ++clicks;
    EXPECT_EQ(event.at("item_id"), server.shown);
    EXPECT_EQ(event.at("event_type"), "click");
  }
  EXPECT_EQ(clicks, counts.list_clicks);
}

TEST(Simulator, History_StopRequested_SendsNothingMore) {
  const auto shop = Shop::Load(SIGNALBOX_SOURCE_DIR "/infra/sample-shop");
  ASSERT_TRUE(shop);
  FakeServer server;
  SimulationOptions options;
  options.history_days = 3;
  options.events = 100;
  options.items = false;
  const ManualClock clock(1793500000000);
  const std::atomic<bool> stop{true};
  SimulationCounts counts;
  ImportReport report;

  ASSERT_TRUE(Simulate(
      *shop, options,
      [&]() -> Result<std::unique_ptr<ports::HttpClient>> { return std::make_unique<FakeClient>(server); },
      clock, stop, [] {}, &counts, &report));

  EXPECT_TRUE(server.events.empty());
  EXPECT_TRUE(server.items.empty());
}

}  // namespace
}  // namespace signalbox::app
