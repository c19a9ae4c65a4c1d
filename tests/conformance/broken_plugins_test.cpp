// Each way to fail: the exact refusal, or the quarantine, and that the other signals go on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>

#include "base/clock.hpp"
#include "ports/fakes/listed_items.hpp"
#include "ports/fakes/recording_metrics.hpp"
#include "signals/signal_set.hpp"

namespace signalbox::signals {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const std::string kBroken = SIGNALBOX_BINARY_DIR "/bin/broken_plugins";

class BrokenPluginsTest : public ::testing::Test {
 protected:
  BrokenPluginsTest()
      : copies_(std::filesystem::temp_directory_path() /
                ("signalbox-conformance-" + std::to_string(getpid()))) {
    options_.plugin_dir = kBroken;
    options_.copy_dir = copies_;
    options_.faults_to_quarantine = 3;
    options_.overruns_to_quarantine = 3;
    request_.struct_size = sizeof request_;
    request_.quota = 10;
    request_.context_item = SB_NO_ITEM;
  }
  ~BrokenPluginsTest() override { std::filesystem::remove_all(copies_); }

  Result<std::unique_ptr<SignalSet>> Load(const std::vector<SignalConfig>& configs) {
    return SignalSet::Create(configs, options_, items_, clock_, epochs_, metrics_);
  }
  std::string Refusal(const std::string& plugin, const std::string& json = "{}") {
    const auto set = Load({{"mine", plugin, json}});
    return set ? "loaded" : set.error().message();
  }
  // The broken signal beside one that does nothing wrong.
  std::unique_ptr<SignalSet> WithGoodOne(const std::string& plugin, const std::string& json = "{}") {
    auto set = Load({{"mine", plugin, json}, {"good", "throwing", "{}"}});
    EXPECT_TRUE(set) << set.error().message();
    return set ? *std::move(set) : nullptr;
  }
  // What the good one still answers.
  std::vector<sb_item> GoodCandidates(SignalSet& set) {
    std::vector<sb_item> items;
    std::vector<float> scores;
    EXPECT_TRUE(set.Begin(request_)->Candidates(1, 10, &items, &scores));
    return items;
  }
  static sb_events OneEvent() {
    static const sb_item item = 1;
    static const uint64_t key = 1;
    static const uint64_t offset = 0;
    static const uint32_t zero[2] = {0, 0};
    static const uint16_t type = 0;
    static const float weight = 1;
    static const double value = NAN;
    static const int64_t time_ms = 1'700'000'000'000;
    sb_events events{};
    events.struct_size = sizeof events;
    events.count = 1;
    events.items = &item;
    events.users = events.sessions = &key;
    events.positions = events.flags = events.history_in_session = zero;
    events.history_begin = zero;
    events.types = &type;
    events.weights = &weight;
    events.values = &value;
    events.times_ms = &time_ms;
    events.offsets = &offset;
    return events;
  }

  const std::filesystem::path copies_;
  SignalSetOptions options_;
  ports::fakes::ListedItems items_{5};
  ManualClock clock_;
  EpochDomain epochs_;
  ports::fakes::RecordingMetrics metrics_;
  sb_request request_{};
};

TEST_F(BrokenPluginsTest, Create_NoFile_NamesIt) {
  const auto set = Load({{"mine", "nowhere", "{}"}});

  ASSERT_FALSE(set);
  EXPECT_EQ(set.error().code(), Code::kNotFound);
  EXPECT_EQ(set.error().message(),
            "signal \"mine\": " + kBroken +
                "/nowhere.so: no such plugin; put its shared library there, or correct "
                "the signal's \"plugin\"");
}

TEST_F(BrokenPluginsTest, Create_BrokenTable_SaysWhatAndHowToMend) {
  const std::string size = std::to_string(sizeof(sb_plugin)), shorter = std::to_string(sizeof(sb_plugin) - 8);
  const std::vector<std::pair<std::string, std::string>> refusals = {
      {"no_symbol", "does not export signalbox_plugin; end its source with SIGNALBOX_PLUGIN(YourClass)"},
      {"null_table", "signalbox_plugin() returned no table; return the address of a static sb_plugin"},
      {"wrong_major",
       "it is built for ABI major 2 and this host speaks 1; build it again with this release's plugin_abi.h"},
      {"short_struct", "its table's struct_size is " + shorter + " and ABI 1.0 has " + size +
                           "; set it to sizeof(sb_plugin)"},
      {"bad_name", "its name must match [a-z0-9_]{1,64}; rename it"},
      {"bad_family", "its family is \"reptiles\"; use collaborative, content or popularity"},
      {"bad_hooks", "begin and end go together; give both or neither"},
      {"freeze_missing",
       "it has private state and no complete snapshot; give freeze, write_snapshot, thaw, restore and "
       "export_state, or drop SB_PLUGIN_PRIVATE_STATE"},
  };
  for (const auto& [plugin, refusal] : refusals) {
    EXPECT_EQ(Refusal(plugin), "signal \"mine\": " + kBroken + "/" + plugin + ".so: " + refusal);
  }
}

TEST_F(BrokenPluginsTest, Create_CannotBeMapped_SaysWhy) {
  EXPECT_THAT(Refusal("no_library"), HasSubstr("no_library.so: cannot be loaded ("));
  EXPECT_THAT(
      Refusal("unresolved_symbol"),
      HasSubstr("cannot be loaded (undefined symbol: nobody_defines_this); build it as a shared library"));
}

TEST_F(BrokenPluginsTest, Create_NameWithAPath_IsRefused) {
  EXPECT_THAT(Refusal("../plugins/template"),
              StartsWith("signal \"mine\": plugin \"../plugins/template\": "));
}

TEST_F(BrokenPluginsTest, Create_BrokenSchema_BlamesThePlugin) {
  EXPECT_EQ(Refusal("invalid_schema"),
            "signal \"mine\": the plugin's config_schema is not a JSON Schema of an object; correct it in "
            "the plugin");
  EXPECT_THAT(Refusal("unusable_schema"),
              StartsWith("signal \"mine\": the plugin's config_schema cannot be used ("));
}

TEST_F(BrokenPluginsTest, Create_BadConfiguration_NamesTheKeyAndTheFix) {
  const auto set = Load({{"mine", "throwing", R"({"limits": 3})"}});

  ASSERT_FALSE(set);
  EXPECT_EQ(set.error().field(), "signals.mine.limits");
  EXPECT_EQ(set.error().message(),
            "signal \"mine\": \"limits\" is not a key of this plugin; did you mean \"limit\"?");
  EXPECT_THAT(Refusal("throwing", R"({"limit": "three"})"),
              StartsWith("signal \"mine\": limit = \"three\": "));
  EXPECT_THAT(Refusal("throwing", R"({"limit": 11})"), StartsWith("signal \"mine\": limit = 11: "));
  EXPECT_THAT(Refusal("throwing", "[]"),
              StartsWith("signal \"mine\": the configuration is not a JSON object"));
}

TEST_F(BrokenPluginsTest, Create_PluginRefusesOrThrows_CarriesItsMessage) {
  EXPECT_EQ(Refusal("create_fails"),
            "signal \"mine\": " + kBroken +
                "/create_fails.so: mine.create: half_life_hours is below the limit; set "
                "it above 1");
  EXPECT_EQ(Refusal("throwing", R"({"where": "create"})"),
            "signal \"mine\": " + kBroken + "/throwing.so: mine.create: thrown in create");
}

TEST_F(BrokenPluginsTest, Create_TwoOfOneName_IsRefused) {
  const auto set = Load({{"mine", "throwing", "{}"}, {"mine", "throwing", "{}"}});

  ASSERT_FALSE(set);
  EXPECT_EQ(set.error().message(), "signal \"mine\" is configured twice; rename one");
}

TEST_F(BrokenPluginsTest, Update_Throws_IsAnErrorAndThenAQuarantine) {
  const auto set = WithGoodOne("throwing", R"({"where": "update"})");
  const sb_events events = OneEvent();

  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(set->at(0).health(), Health::kOk);
    const auto updated = set->at(0).Update(events);
    ASSERT_FALSE(updated);
    EXPECT_EQ(updated.error().message(), "mine.update: thrown in update");
    EXPECT_TRUE(set->at(1).Update(events));
  }

  EXPECT_EQ(set->at(0).health(), Health::kQuarantined);
  EXPECT_EQ(set->at(0).health_reason(), "3 faults within 60 s, the last in update: thrown in update");
  EXPECT_EQ(metrics_.Value("signalbox_signal_quarantined", {{"signal", "mine"}}), 1);
  EXPECT_EQ(metrics_.Value("signalbox_signal_faults_total", {{"signal", "mine"}}), 3);
  EXPECT_EQ(set->at(1).health(), Health::kOk);
  EXPECT_THAT(GoodCandidates(*set), ElementsAre(1));
}

TEST_F(BrokenPluginsTest, Update_ThrowsAcrossTheLine_IsCaught) {
  const auto set = WithGoodOne("throws_across");

  const auto updated = set->at(0).Update(OneEvent());

  ASSERT_FALSE(updated);
  EXPECT_EQ(updated.error().message(),
            "mine.update: an exception crossed the line of the ABI; catch it in the plugin");
}

TEST_F(BrokenPluginsTest, Candidates_Infinity_IsLeftOutAndCounted) {
  const auto set = WithGoodOne("candidates_infinite");
  std::vector<sb_item> items;
  std::vector<float> scores;

  EXPECT_TRUE(set->Begin(request_)->Candidates(0, 10, &items, &scores));

  // Infinite, NaN, unknown and given twice: one remains.
  EXPECT_THAT(items, ElementsAre(2));
  EXPECT_THAT(scores, ElementsAre(0.5f));
  EXPECT_EQ(metrics_.Value("signalbox_signal_faults_total", {{"signal", "mine"}}), 1);
}

TEST_F(BrokenPluginsTest, Candidates_NotEligible_AreLeftOut) {
  const auto set = WithGoodOne("candidates_infinite");
  const uint64_t eligible = 0b11011;  // not 2
  request_.eligible = &eligible;
  request_.eligible_bits = 5;
  std::vector<sb_item> items;
  std::vector<float> scores;

  EXPECT_TRUE(set->Begin(request_)->Candidates(0, 10, &items, &scores));

  EXPECT_TRUE(items.empty());
}

TEST_F(BrokenPluginsTest, Candidates_ThrowsAfterSome_GivesNone) {
  const auto set = WithGoodOne("throwing", R"({"where": "candidates"})");
  std::vector<sb_item> items = {4};
  std::vector<float> scores = {9};

  EXPECT_FALSE(set->Begin(request_)->Candidates(0, 10, &items, &scores));

  EXPECT_THAT(items, ElementsAre(4));
  EXPECT_THAT(scores, ElementsAre(9));
}

TEST_F(BrokenPluginsTest, Begin_Throws_FailsTheSignalForTheRequest) {
  const auto set = WithGoodOne("throwing", R"({"where": "begin"})");
  const auto session = set->Begin(request_);
  std::vector<sb_item> items;
  std::vector<float> scores;

  EXPECT_FALSE(session->Candidates(0, 10, &items, &scores));
  EXPECT_FALSE(session->Candidates(0, 10, &items, &scores));

  // Begun once, failed once.
  EXPECT_EQ(metrics_.Value("signalbox_signal_faults_total", {{"signal", "mine"}}), 1);
  EXPECT_THAT(GoodCandidates(*set), ElementsAre(1));
}

TEST_F(BrokenPluginsTest, Score_FailsOrIsInfinite_LeavesTheColumnNaN) {
  for (const char* plugin : {"score_fails", "score_infinite"}) {
    const auto set = WithGoodOne(plugin);
    const std::vector<sb_item> items = {0, 1, 2};
    std::vector<float> scores(3, NAN);

    EXPECT_FALSE(set->Begin(request_)->Score(0, items, scores));

    for (const float score : scores) EXPECT_TRUE(std::isnan(score)) << plugin;
    EXPECT_THAT(GoodCandidates(*set), ElementsAre(1));
  }
}

TEST_F(BrokenPluginsTest, Score_KnownRows_KeepTheirValues) {
  options_.overruns_to_quarantine = 1000;
  const auto set = WithGoodOne("score_slow");
  const std::vector<sb_item> items = {0, 1, 2};
  std::vector<float> scores = {7, NAN, 8};

  EXPECT_TRUE(set->Begin(request_)->Score(0, items, scores));

  EXPECT_THAT(scores, ElementsAre(7, 1, 8));
}

TEST_F(BrokenPluginsTest, Score_FaultsAgainAndAgain_IsQuarantined) {
  const auto set = WithGoodOne("score_fails");
  const std::vector<sb_item> items = {0};
  for (int i = 0; i < 5; ++i) {
    std::vector<float> scores(1, NAN);
    EXPECT_FALSE(set->Begin(request_)->Score(0, items, scores));
  }

  EXPECT_EQ(set->at(0).health(), Health::kQuarantined);
  // The message had no end: it is cut at its 256 bytes. After three faults it is not called.
  EXPECT_EQ(set->at(0).health_reason(), "3 faults within 60 s, the last in score: " + std::string(256, 'x'));
  EXPECT_EQ(metrics_.Value("signalbox_signal_faults_total", {{"signal", "mine"}}), 3);
  EXPECT_THAT(GoodCandidates(*set), ElementsAre(1));
}

TEST_F(BrokenPluginsTest, Score_OverTheBudget_AnswersUntilItIsQuarantined) {
  options_.score_budget_us = 1000;
  const auto set = WithGoodOne("score_slow");  // 3 ms
  const std::vector<sb_item> items = {0};
  // The first one makes the host look closer, the next three are counted.
  for (int i = 0; i < 4; ++i) {
    std::vector<float> scores(1, NAN);
    EXPECT_TRUE(set->Begin(request_)->Score(0, items, scores));
  }
  std::vector<float> scores(1, NAN);

  EXPECT_FALSE(set->Begin(request_)->Score(0, items, scores));
  EXPECT_EQ(set->at(0).health(), Health::kQuarantined);
  EXPECT_THAT(set->at(0).health_reason(),
              StartsWith("3 calls over the budget of 1000 us within 60 s, the last score"));
  EXPECT_THAT(GoodCandidates(*set), ElementsAre(1));
}

}  // namespace
}  // namespace signalbox::signals
