// Simulated visitors have tastes; what they are recommended shows them.
#include <gmock/gmock.h>

#include "app/simulate/taste_recall.hpp"
#include "base/clock.hpp"
#include "base/time_text.hpp"
#include "flow_fixture.hpp"

namespace signalbox::flow {
namespace {

TEST_F(FlowTest, Recommendations_OfSimulatedVisitors_RecallTheirTastesFarBetterThanPopularity) {
  constexpr size_t kVisitors = 150, kAsked = 100;
  constexpr uint64_t kSeed = 7;
  const std::string shop_folder = SIGNALBOX_SOURCE_DIR "/infra/sample-shop";
  std::string output;
  ASSERT_EQ(
      harness::RunProgram({"simulate", "--url", "http://127.0.0.1:" + std::to_string(server_->ingest_port()),
                           "--shop", shop_folder, "--history-days", "30", "--events", "15000", "--visitors",
                           std::to_string(kVisitors), "--seed", std::to_string(kSeed)},
                          &output),
      0)
      << output;
  const auto last = server_->Post("/events", Event("nobody", "mug-03"));
  ASSERT_EQ(last.status, 202) << last.text;
  WaitUntilApplied(last.body["results"][0]["position"]);
  const auto shop = app::Shop::Load(shop_folder);
  ASSERT_TRUE(shop);
  const app::Visitors visitors(*shop, kVisitors, kSeed, "unused");
  const app::TasteRecall recall(*shop, MonthOf(SystemClock().now_ms()));

  const double recommended = recall.MeanRecall(visitors, kAsked, [&](const std::string& user) {
    return Ids(server_->Get("/recommendations?count=10&user_id=" + user).body);
  });
  const std::vector<std::string> popular = Ids(server_->Get("/popular?count=10").body);
  const double by_popularity =
      recall.MeanRecall(visitors, kAsked, [&](const std::string&) { return popular; });

  RecordProperty("recommended", std::to_string(recommended));
  RecordProperty("by_popularity", std::to_string(by_popularity));
  ASSERT_EQ(popular.size(), 10u);
  EXPECT_GT(recommended, 0.5);
  EXPECT_GT(recommended, 2 * by_popularity);
}

}  // namespace
}  // namespace signalbox::flow
