// Configuration: what is shipped is the defaults, and every mistake is named.
#include "app/config/config.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "app/config/yaml.hpp"

namespace signalbox::app {
namespace {

using ::testing::HasSubstr;

class ConfigTest : public ::testing::Test {
 protected:
  ConfigTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "signalbox-config-XXXXXX").string();
    dir_ = mkdtemp(pattern.data());
  }
  ~ConfigTest() override { std::filesystem::remove_all(dir_); }

  // A configuration file with the text.
  ConfigSources File(const std::string& text) {
    const std::string path = dir_ + "/signalbox.yaml";
    std::ofstream(path) << text;
    ConfigSources sources;
    sources.file = path;
    return sources;
  }

  std::string dir_;
};

TEST_F(ConfigTest, ShippedFile_AllKeys_AreTheDefaults) {
  std::ifstream file(SIGNALBOX_SOURCE_DIR "/config/signalbox.yaml");
  std::stringstream text;
  text << file.rdbuf();

  const auto shipped = ParseYaml(text.str(), "signalbox.yaml");

  ASSERT_TRUE(shipped) << shipped.error().message();
  EXPECT_EQ(*shipped, nlohmann::json::parse(DefaultConfigJson()));
}

TEST_F(ConfigTest, Load_ClusterToken_ComesFromTheEnvironmentAsText) {
  auto sources = File("cluster: {process_urls: ['http://process-1:8083']}\n");
  sources.environment = {{"CLUSTER_TOKEN", "12345678901234567890"}};

  const auto settings = LoadSettings(sources);

  ASSERT_TRUE(settings) << settings.error().message();
  EXPECT_EQ(settings->cluster.token, "12345678901234567890");
  EXPECT_EQ(settings->cluster.process_urls, std::vector<std::string>{"http://process-1:8083"});
}

TEST_F(ConfigTest, Load_ClusterThatCannotWork_IsRefusedNamingTheKey) {
  const std::map<std::string, std::string> mistakes = {
      {"cluster: {token: short}\n", "cluster.token"},
      {"cluster: {process_urls: ['http://process-1:8083']}\n", "cluster.token"},
      {"cluster: {process_urls: ['process-1:8083']}\n", "cluster.process_urls.0"},
      {"archive: {kind: postgres}\n", "archive.kind"}};
  for (const auto& [text, field] : mistakes) {
    const auto settings = LoadSettings(File(text));

    ASSERT_FALSE(settings) << text;
    EXPECT_EQ(settings.error().field(), field) << settings.error().message();
  }
}

TEST_F(ConfigTest, Load_SharedStores_TakeTheirAddressesFromTheEnvironment) {
  auto sources = File("control_store: {kind: postgres}\ncache: {kind: redis}\n");
  sources.environment = {{"DATABASE_URL", "postgres://a:b@db/shop"}, {"REDIS_URL", "redis://cache"}};

  const auto settings = LoadSettings(sources);

  ASSERT_TRUE(settings) << settings.error().message();
  EXPECT_EQ(settings->stores.database_url, "postgres://a:b@db/shop");
  EXPECT_EQ(settings->stores.redis_url, "redis://cache");
}

TEST_F(ConfigTest, Load_SharedStoreWithoutAddress_NamesTheVariable) {
  const auto database = LoadSettings(File("control_store: {kind: postgres}\n"));
  const auto cache = LoadSettings(File("cache: {kind: redis}\n"));

  ASSERT_FALSE(database);
  EXPECT_EQ(database.error().field(), "control_store.kind");
  EXPECT_THAT(database.error().message(), HasSubstr("DATABASE_URL"));
  ASSERT_FALSE(cache);
  EXPECT_THAT(cache.error().message(), HasSubstr("REDIS_URL"));
}

TEST_F(ConfigTest, Load_EmptyFile_GivesDefaults) {
  const auto settings = LoadSettings(File(""));

  ASSERT_TRUE(settings) << settings.error().message();
  EXPECT_EQ(settings->ingest_port, 8080);
  EXPECT_EQ(settings->event_types.size(), 5u);
  EXPECT_EQ(settings->signals.size(), 5u);
  EXPECT_EQ(settings->event_log.dir, "./data/log");
}

TEST_F(ConfigTest, Load_UnknownKey_NamesItAndTheNearest) {
  const auto settings = LoadSettings(File("http:\n  ingst_port: 9000\n"));

  ASSERT_FALSE(settings);
  EXPECT_EQ(settings.error().field(), "http.ingst_port");
  EXPECT_EQ(settings.error().hint(), "Did you mean http.ingest_port?");
}

TEST_F(ConfigTest, Load_WrongTypeOrRange_NamesTheKey) {
  for (const auto* text :
       {"http: { ops_port: eighty }", "http: { ops_port: 70000 }", "http: { ops_port: 1.5 }"}) {
    const auto settings = LoadSettings(File(text));

    ASSERT_FALSE(settings) << text;
    EXPECT_EQ(settings.error().field(), "http.ops_port") << text;
  }
}

TEST_F(ConfigTest, Load_DuplicateKeyOrBrokenYaml_SaysWhere) {
  const auto twice = LoadSettings(File("log: { level: info }\nlog: { level: warn }\n"));
  const auto broken = LoadSettings(File("log: [\n"));

  ASSERT_FALSE(twice);
  EXPECT_THAT(twice.error().message(), HasSubstr("signalbox.yaml:2:1: key \"log\" stands twice"));
  ASSERT_FALSE(broken);
  EXPECT_THAT(broken.error().message(), HasSubstr("signalbox.yaml:2"));
}

TEST_F(ConfigTest, Load_EnvironmentAndSet_OverrideTheFileInThatOrder) {
  auto sources = File("http: { ingest_port: 1, recommend_port: 2, admin_port: 3 }");
  sources.environment = {{"SIGNALBOX__HTTP__RECOMMEND_PORT", "20"},
                         {"SIGNALBOX__HTTP__ADMIN_PORT", "30"},
                         {"LOG_LEVEL", "warn"},
                         {"KAFKA_BROKERS", "[::1]:9092,two:9092"},
                         {"PATH", "/bin"}};
  sources.overrides = {"http.admin_port=300"};

  const auto settings = LoadSettings(sources);

  ASSERT_TRUE(settings) << settings.error().message();
  EXPECT_EQ(settings->ingest_port, 1);
  EXPECT_EQ(settings->recommend_port, 20);
  EXPECT_EQ(settings->admin_port, 300);
  EXPECT_EQ(settings->log_level, "warn");
  EXPECT_EQ(settings->event_log.kafka.brokers, "[::1]:9092,two:9092");
}

TEST_F(ConfigTest, Load_KafkaWithoutBrokers_IsRefusedWithTheKeyAndTheVariable) {
  const auto settings = LoadSettings(File("event_log: { kind: kafka }"));

  ASSERT_FALSE(settings);
  EXPECT_EQ(settings.error().field(), "event_log.kafka.brokers");
  EXPECT_NE(settings.error().hint().find("KAFKA_BROKERS"), std::string::npos);
}

TEST_F(ConfigTest, Load_KafkaClientSettings_AreTakenAsTheyAre) {
  const auto settings = LoadSettings(
      File("event_log: { kind: kafka, kafka: { brokers: 'a:1', client: { security.protocol: SSL } } }"));

  ASSERT_TRUE(settings) << settings.error().message();
  EXPECT_EQ(settings->event_log.kafka.client.at("security.protocol"), "SSL");
  EXPECT_EQ(settings->event_log.kafka.partitions, 3u);
}

TEST_F(ConfigTest, Load_OneTopicForTwoThings_IsRefused) {
  for (const auto& [topics, field] :
       {std::pair{"items_topic: events", "items_topic"}, {"exposures_topic: items", "exposures_topic"}}) {
    const auto settings = LoadSettings(File("event_log: { kafka: { " + std::string(topics) + " } }"));
    ASSERT_FALSE(settings) << topics;
    EXPECT_EQ(settings.error().field(), "event_log.kafka." + std::string(field));
  }
  EXPECT_TRUE(LoadSettings(File("event_log: { kafka: { items_topic: '', exposures_topic: '' } }")));
}

TEST_F(ConfigTest, Load_SignalsGiven_ReplaceTheDefaultOnes) {
  const auto settings = LoadSettings(File("signals: { hot: { plugin: popularity, half_life_hours: 5 } }"));

  ASSERT_TRUE(settings) << settings.error().message();
  ASSERT_EQ(settings->signals.size(), 1u);
  EXPECT_EQ(settings->signals[0].name, "hot");
  EXPECT_EQ(settings->signals[0].plugin, "popularity");
  EXPECT_EQ(settings->signals[0].json, R"({"half_life_hours":5})");
}

TEST_F(ConfigTest, Load_Retention_KeepsTheAuditUnlessToldOtherwise) {
  EXPECT_EQ(LoadSettings(File(""))->retention.audit_ms, 0);
  EXPECT_EQ(LoadSettings(File("revisions: { audit_days: 2 }"))->retention.audit_ms, 2 * 86'400'000);
}

TEST_F(ConfigTest, Load_RateLimits_AreOffUnlessGiven) {
  EXPECT_FALSE(LoadSettings(File(""))->rate_limits.any());

  const auto settings = LoadSettings(File("rate_limits: { by: key, window_seconds: 60, users: 5 }"));

  ASSERT_TRUE(settings) << settings.error().message();
  EXPECT_TRUE(settings->rate_limits.by_key);
  EXPECT_EQ(settings->rate_limits.users, 5u);
  EXPECT_EQ(settings->rate_limits.window_seconds, 60);
}

TEST_F(ConfigTest, Load_NotLoopback_IsRefusedWithoutKeys) {
  const auto settings = LoadSettings(File("http: { host: 0.0.0.0 }"));

  ASSERT_FALSE(settings);
  EXPECT_EQ(settings.error().field(), "http.host");
}

TEST_F(ConfigTest, Load_NamedFileMissing_IsAnError) {
  ConfigSources sources;
  sources.file = dir_ + "/absent.yaml";

  EXPECT_EQ(LoadSettings(sources).error().code(), Code::kNotFound);
}

}  // namespace
}  // namespace signalbox::app
