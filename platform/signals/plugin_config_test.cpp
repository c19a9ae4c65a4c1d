// Configurations against a schema: defaults, refusals, what reaches the plugin.
#include "signals/plugin_config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace signalbox::signals {
namespace {

using ::testing::HasSubstr;

constexpr const char* kSchema = R"({"type": "object", "properties": {
  "half_life_hours": {"type": "number", "exclusiveMinimum": 0, "default": 72},
  "neighbours": {"type": "integer", "minimum": 1, "maximum": 200, "default": 30, "x-signalbox": "state"},
  "damping": {"type": "string", "enum": ["cosine", "none"], "default": "cosine", "x-signalbox": "score"},
  "types": {"type": "array", "items": {"type": "string"}}}})";

TEST(PluginConfigTest, Parse_EmptyObject_TakesDefaults) {
  const auto config = PluginConfig::Parse(kSchema, "{}");

  ASSERT_TRUE(config);
  EXPECT_EQ(config->json(), R"({"damping":"cosine","half_life_hours":72,"neighbours":30})");
  EXPECT_EQ(config->state_json(), R"({"half_life_hours":72,"neighbours":30})");
  const PluginConfig::View view(*config, "near");
  ASSERT_EQ(view.raw().count, 3u);
  EXPECT_EQ(view.raw().settings[1].number, 72);
  EXPECT_EQ(std::string(view.raw().settings[0].text.data, view.raw().settings[0].text.size), "cosine");
}

TEST(PluginConfigTest, Parse_UnknownKey_NamesTheNearest) {
  const auto config = PluginConfig::Parse(kSchema, R"({"half_live_hours": 3})");

  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().field(), "half_live_hours");
  EXPECT_EQ(config.error().message(),
            "\"half_live_hours\" is not a key of this plugin; did you mean \"half_life_hours\"?");
}

TEST(PluginConfigTest, Parse_FarFromEveryKey_ListsThem) {
  const auto config = PluginConfig::Parse(kSchema, R"({"x": 3})");

  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().message(),
            "\"x\" is not a key of this plugin; known keys: damping, half_life_hours, neighbours, types");
}

TEST(PluginConfigTest, Parse_WrongTypeOrRange_NamesKeyValueAndRule) {
  for (const char* json : {R"({"neighbours": "many"})", R"({"neighbours": 0})", R"({"neighbours": 1.5})"}) {
    const auto config = PluginConfig::Parse(kSchema, json);

    ASSERT_FALSE(config) << json;
    EXPECT_EQ(config.error().field(), "neighbours") << config.error().message();
    EXPECT_THAT(config.error().message(), HasSubstr("neighbours = "));
    EXPECT_THAT(config.error().message(), HasSubstr("it must match {"));
  }
}

TEST(PluginConfigTest, Parse_NoObject_IsRefused) {
  EXPECT_FALSE(PluginConfig::Parse(kSchema, "[1]"));
  EXPECT_FALSE(PluginConfig::Parse(kSchema, "{"));
  EXPECT_FALSE(PluginConfig::Parse(kSchema, "{\"types\": " + std::string(100'000, '[')));
}

TEST(PluginConfigTest, Parse_SchemaThatIsNone_NamesTheSchema) {
  for (const char* schema :
       {"{", "[]", R"({"properties": 3})", R"({"properties": {"a": {"type": "colour"}}})"}) {
    const auto config = PluginConfig::Parse(schema, "{}");

    ASSERT_FALSE(config) << schema;
    EXPECT_THAT(config.error().message(), HasSubstr("config_schema"));
  }
}

TEST(PluginConfigTest, Parse_NoSchema_TakesNoKeys) {
  EXPECT_TRUE(PluginConfig::Parse(nullptr, "{}"));
  EXPECT_FALSE(PluginConfig::Parse(nullptr, R"({"a": 1})"));
}

}  // namespace
}  // namespace signalbox::signals
