// The JSON Schemas of docs/api say what our messages are.
#include <fstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include "ingest/item_publisher.hpp"
#include "serve/exposure_message.hpp"

namespace signalbox::app {
namespace {

using nlohmann::json;

// Why the message does not fit the schema of that name; empty = it does.
std::string Misfit(const std::string& schema_name, const json& message) {
  std::ifstream file(SIGNALBOX_SOURCE_DIR "/docs/api/" + schema_name);
  const json text = json::parse(file);
  valijson::Schema schema;
  valijson::SchemaParser().populateSchema(valijson::adapters::NlohmannJsonAdapter(text), schema);
  valijson::Validator validator;
  valijson::ValidationResults results;
  if (validator.validate(schema, valijson::adapters::NlohmannJsonAdapter(message), &results)) return {};
  std::string why;
  valijson::ValidationResults::Error error;
  while (results.popError(error)) why += error.description + "\n";
  return why + message.dump();
}

TEST(MessageSchemasTest, Item_AsPublished_FitsItsSchema) {
  ports::OutboxEntry entry{"shop", {7, false, {}, 1'793'524'200'000}};
  entry.change.item.id = "tent";
  entry.change.item.attributes = {{"title", std::string("A tent")}, {"price", 9.5}, {"hidden", false}};
  entry.change.item.vectors["image"] = {0.5f, 1};
  json message = json::parse(*ingest::ItemMessage(entry).value);

  EXPECT_EQ(Misfit("kafka-item.schema.json", message), "");
  message["version"] = 0;
  EXPECT_NE(Misfit("kafka-item.schema.json", message), "");
}

TEST(MessageSchemasTest, Exposure_AsTold_FitsItsSchema) {
  model::RecommendRequest request;
  request.user = "anna";
  model::RecommendResponse response;
  response.recommendation_id = "r";
  response.scenario = "home";
  response.revision = "home@1";
  response.stale = response.cached = true;
  response.recommendations.push_back({.item = {"book", "b"}, .score = 1, .reason = "co", .propensity = 0.25});
  response.recommendations.push_back({.item = {"item", "c"}, .score = 0.5, .reason = "popular"});
  json message = json::parse(*serve::ExposureMessage(request, response, 1'793'524'200'000, "").value);

  EXPECT_EQ(Misfit("kafka-exposure.schema.json", message), "");
  message["items"][0]["propensity"] = 2;
  EXPECT_NE(Misfit("kafka-exposure.schema.json", message), "");
}

}  // namespace
}  // namespace signalbox::app
