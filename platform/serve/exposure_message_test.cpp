// What a message about an answer says.
#include "serve/exposure_message.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace signalbox::serve {
namespace {

using Json = nlohmann::json;

TEST(ExposureMessageTest, ExploredItem_SaysItsChance_AndTheTraceGoesAlong) {
  model::RecommendResponse response;
  response.recommendation_id = "r";
  response.stale = true;
  response.recommendations.push_back({.item = {"book", "b"}, .score = 1, .reason = "co", .propensity = 0.25});
  const std::string trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

  const auto message = ExposureMessage({}, response, 0, trace);

  EXPECT_EQ(message.key, std::string("default\0r", 9));
  const Json exposure = Json::parse(*message.value);
  EXPECT_EQ(exposure["items"][0]["propensity"], 0.25);
  EXPECT_EQ(exposure["items"][0]["item_type"], "book");
  EXPECT_EQ(exposure["stale"], true);
  EXPECT_FALSE(exposure.contains("user_id"));
  EXPECT_EQ(message.headers.back().second, trace);
  EXPECT_EQ(ExposureMessage({}, response, 0, "nonsense").headers.size(), 3u);
}

}  // namespace
}  // namespace signalbox::serve
