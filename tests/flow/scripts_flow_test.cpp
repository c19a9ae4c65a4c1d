// Changing scenarios on a running node: over HTTP, with the commands, by files, and back again.
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>

#include "flow_fixture.hpp"

namespace signalbox::flow {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ScriptsFlowTest : public FlowTest {
 protected:
  harness::Answer Admin(const std::string& method, const std::string& path, const json& body = nullptr) {
    return server_->Send(server_->admin_port(), method, "/admin/v1" + path, body.is_null() ? "" : body.dump(),
                         {{"X-Author", "anna"}});
  }
  // Publishes a source as the scenario's next revision; its id.
  std::string Publish(const std::string& name, const std::string& source) {
    const auto draft = Admin("POST", "/scenarios/" + name + "/revisions", {{"source", source}});
    EXPECT_EQ(draft.status, 201) << draft.text;
    const std::string path = "/scenarios/" + name + "/revisions/" + draft.body["revision"]["number"].dump();
    EXPECT_EQ(Admin("POST", path + "/validate").status, 200);
    const auto published = Admin("POST", path + "/publish", {{"comment", "go"}});
    EXPECT_EQ(published.status, 200) << published.text;
    return published.body.value("id", "");
  }
  std::string Revision(const std::string& scenario = "default") {
    return server_->Get("/recommendations?user_id=anna&scenario=" + scenario).body.value("revision", "");
  }
  int Run(std::vector<std::string> arguments, std::string* output) {
    arguments.push_back("--url");
    arguments.push_back("http://127.0.0.1:" + std::to_string(server_->admin_port()));
    return harness::RunProgram(arguments, output);
  }
  std::string File(const std::string& name, const std::string& text) {
    const std::string path = folder_.path() + "/" + name;
    std::ofstream(path) << text;
    return path;
  }
};

TEST_F(ScriptsFlowTest, Publish_OverHttp_IsServedInTheNextAnswerAndSurvivesAKill) {
  TeachShop();
  EXPECT_EQ(Revision(), "default@1");

  EXPECT_EQ(Publish("default", "candidates { popularity = 100 }"), "default@2");
  EXPECT_EQ(Revision(), "default@2");
  server_->Kill();
  Start();

  EXPECT_EQ(Revision(), "default@2");
  EXPECT_EQ(Admin("GET", "/audit?limit=1").body["entries"][0]["action"], "publish");
}

TEST_F(ScriptsFlowTest, Rollback_AndSafeMode_AreServedAtOnce) {
  Publish("default", "candidates { popularity = 100 }");

  EXPECT_EQ(Admin("POST", "/scenarios/default/rollback", {{"number", 1}, {"expected", 2}}).status, 200);
  EXPECT_EQ(Revision(), "default@1");

  std::string output;
  EXPECT_EQ(Run({"safe-mode", "on", "--comment", "fire"}, &output), 0) << output;
  EXPECT_EQ(server_->Get("/recommendations?user_id=anna").status, 200);
  EXPECT_EQ(Run({"safe-mode", "status"}, &output), 0);
  EXPECT_THAT(output, HasSubstr("safe mode is on"));
  EXPECT_EQ(Run({"safe-mode", "off"}, &output), 0);
}

TEST_F(ScriptsFlowTest, Publish_ScriptThatDoesNotCompile_IsRefusedWithTheLineAndTheOldOneGoesOn) {
  const auto draft = Admin("POST", "/scenarios/default/revisions", {{"source", "\n\nnonsense("}});

  const auto valid = Admin("POST", "/scenarios/default/revisions/2/validate");

  EXPECT_EQ(draft.status, 201);
  EXPECT_EQ(valid.status, 400);
  EXPECT_THAT(valid.text, HasSubstr("default.lua:"));
  EXPECT_EQ(Revision(), "default@1");
}

TEST_F(ScriptsFlowTest, Start_FileThatDoesNotCompile_DoesNotStopTheNode) {
  server_->Terminate();
  const std::string dir = folder_.path() + "/scripts";
  std::filesystem::create_directories(dir + "/scenarios");
  File("scripts/scenarios/sale.lua", "nonsense(");
  File("scripts/scenarios/fresh.lua", "candidates { popularity = 100 }");

  Start({"scripts.dir=" + dir});

  const auto status = Admin("GET", "/status");
  EXPECT_THAT(status.body["scripts"].dump(), HasSubstr("sale.lua:1"));
  EXPECT_EQ(server_->Get("/recommendations?user_id=anna").status, 200);
  EXPECT_EQ(Revision("fresh"), "fresh@1");
}

TEST_F(ScriptsFlowTest, Scripts_PushPullDiffLogRollback_WorkTogether) {
  std::string output;
  const std::string dir = folder_.path();
  EXPECT_EQ(Run({"scripts", "pull", "default", "--dir", dir}, &output), 0) << output;
  const std::string file = dir + "/default.lua";
  EXPECT_EQ(Run({"scripts", "diff", file}, &output), 0) << output;
  std::ofstream(file, std::ios::app) << "-- changed\n";

  EXPECT_EQ(Run({"scripts", "diff", file}, &output), 1);
  EXPECT_THAT(output, HasSubstr("+-- changed"));
  EXPECT_EQ(Run({"scripts", "push", file, "--publish", "--comment", "mine", "--author", "ben"}, &output), 0)
      << output;
  EXPECT_EQ(Revision(), "default@2");
  EXPECT_EQ(Run({"scripts", "log", "default"}, &output), 0);
  EXPECT_THAT(output, HasSubstr("default@2"));
  EXPECT_THAT(output, HasSubstr("ben: mine"));
  EXPECT_EQ(Run({"scripts", "rollback", "default"}, &output), 0) << output;
  EXPECT_EQ(Revision(), "default@1");
  EXPECT_EQ(Run({"scripts", "publish", "default", "--comment", "again"}, &output), 1);
}

TEST_F(ScriptsFlowTest, Upgrade_NewerFiles_AreNamedAtTheStartAndShownByDiffShipped) {
  server_->Terminate();
  const std::string dir = folder_.path() + "/scripts";
  std::filesystem::create_directories(dir + "/scenarios");
  File("scripts/scenarios/default.lua", "candidates { popularity = 100 }\n");
  File("scripts/scenarios/sale.lua", "candidates { popularity = 10 }\n");
  std::filesystem::remove_all(folder_.path() + "/data");
  Start({"scripts.dir=" + dir});
  std::string output;
  EXPECT_EQ(Run({"scripts", "diff", "--shipped", "--dir", dir + "/scenarios"}, &output), 0) << output;
  server_->Terminate();

  File("scripts/scenarios/sale.lua", "candidates { popularity = 20 }\n");
  Start({"scripts.dir=" + dir});

  EXPECT_EQ(Revision("sale"), "sale@1");
  EXPECT_EQ(Run({"scripts", "diff", "--shipped", "--dir", dir + "/scenarios"}, &output), 1);
  EXPECT_THAT(output, HasSubstr("+candidates { popularity = 20 }"));
  EXPECT_THAT(output, Not(HasSubstr("default.lua")));
  EXPECT_EQ(Run({"scripts", "diff"}, &output), 2);
}

TEST_F(ScriptsFlowTest, ScriptsPush_StaleBase_IsRefusedWithTheDifference) {
  std::string output;
  Run({"scripts", "pull", "default", "--dir", folder_.path()}, &output);
  const std::string file = folder_.path() + "/default.lua";
  std::ofstream(file, std::ios::app) << "-- mine\n";
  Publish("default", "-- theirs\ncandidates { popularity = 100 }\n");

  EXPECT_EQ(Run({"scripts", "push", file, "--publish"}, &output), 1);
  EXPECT_THAT(output, HasSubstr("+-- theirs"));
  EXPECT_THAT(output, HasSubstr("--base 2"));
  EXPECT_EQ(Revision(), "default@2");
  EXPECT_EQ(Run({"scripts", "push", file, "--publish", "--base", "2"}, &output), 0) << output;

  EXPECT_EQ(Revision(), "default@3");
}

TEST_F(ScriptsFlowTest, ScriptsPush_ScriptThatDoesNotCompile_ExitsWithTheLine) {
  std::string output;
  const std::string file = File("fresh.lua", "candidates { popularity = 100 }\nnonsense(");

  EXPECT_EQ(Run({"scripts", "push", file, "--publish"}, &output), 1);

  EXPECT_THAT(output, HasSubstr("fresh.lua:2"));
  EXPECT_EQ(harness::RunProgram({"scripts", "check", file}, &output), 1);
  EXPECT_THAT(output, HasSubstr("fresh.lua:2"));
  EXPECT_EQ(harness::RunProgram({"scripts", "chekc", file}, &output), 2);
}

TEST_F(ScriptsFlowTest, Preview_RecentVisitors_ShowsBothListsWithTheirCandidates) {
  TeachShop();

  const auto preview =
      Admin("POST", "/preview", {{"scenario", "default"}, {"source", "candidates { popularity = 100 }"}});

  ASSERT_EQ(preview.status, 200) << preview.text;
  EXPECT_EQ(preview.body["summary"]["visitors"], 10);
  const json& visitor = preview.body["visitors"][0];
  EXPECT_FALSE(visitor["draft"]["items"].empty());
  EXPECT_EQ(visitor["published"]["revision"], "default@1");
}

TEST_F(ScriptsFlowTest, Backtest_OfTheTaughtShop_ReportsBothAndPrintsATable) {
  TeachShop();
  std::string output;
  const std::string file = File("default.lua", "candidates { popularity = 100 }\n");

  const int code = Run({"backtest", "--scenario", "default", "--draft", file, "--days", "1"}, &output);

  EXPECT_EQ(code, 0) << output;
  EXPECT_THAT(output, HasSubstr("hit rate@10"));
  EXPECT_THAT(output, HasSubstr("default@1"));
}

TEST_F(ScriptsFlowTest, Replay_SampledAnswer_IsTheSameAfterMoreEventsAndAnotherRevision) {
  server_->Terminate();
  Start({"recommend.sample_every=1"});
  TeachShop();
  const std::string id = server_->Get("/recommendations?user_id=camper1").body.value("recommendation_id", "");
  server_->Post("/events", Event("camper1", "stove", "purchase"));
  Publish("default", "candidates { popularity = 100 }");

  std::string output;
  EXPECT_EQ(Run({"replay", id}, &output), 0) << output;

  EXPECT_THAT(output, HasSubstr("the same byte for byte, by default@1"));
  EXPECT_EQ(Admin("GET", "/served/" + id).body["answer"]["recommendation_id"], id);
  EXPECT_EQ(Run({"replay", "never"}, &output), 1);
}

TEST_F(ScriptsFlowTest, Dev_ChangedFile_IsPublishedAndABrokenOneIsNot) {
  server_->Terminate();
  std::filesystem::create_directories(folder_.path() + "/scripts/scenarios");
  File("scripts/scenarios/default.lua", "candidates { popularity = 100 }");
  Start({"scripts.dir=" + folder_.path() + "/scripts", "scripts.watch=true"});

  File("scripts/scenarios/default.lua", "candidates { popularity = 50 }");
  bool changed = false;
  for (int i = 0; i < 20 && !changed; ++i) changed = WithinASecond([&] { return Revision() == "default@2"; });
  ASSERT_TRUE(changed);
  File("scripts/scenarios/default.lua", "candidates {");
  bool told = false;
  for (int i = 0; i < 20 && !told; ++i) {
    told = WithinASecond(
        [&] { return Admin("GET", "/status").text.find("default.lua:1") != std::string::npos; });
  }

  EXPECT_TRUE(told);
  EXPECT_EQ(Revision(), "default@2");
}

TEST(ScriptsCommandTest, Test_ShippedScenarios_AllPass) {
  std::string output;

  const int code = harness::RunProgram(
      {"scripts", "test", "--dir", SIGNALBOX_SOURCE_DIR "/scripts-lua/scenarios"}, &output);

  EXPECT_EQ(code, 0) << output;
  EXPECT_THAT(output, HasSubstr(" passed, 0 failed"));
}

// Vectors from the items as they are posted to the list that a visitor gets.
TEST(ScriptsCommandTest, Test_ScenarioThatComparesVectors_TakesTheItemsVectors) {
  harness::TemporaryFolder folder;
  std::filesystem::create_directories(folder.path() + "/scenarios");
  std::ofstream(folder.path() + "/scenarios/default.lua")
      << "candidates { popularity = 100 }\nfunction weights() return { popularity = 1 } end\n"
         "rules { diversify { vector = 'content', lambda = 0.5 } }\n";
  const std::string file = folder.path() + "/default_test.lua";
  std::ofstream(file)
      << "test('two tents are not neighbours', { items = {\n"
         "  { id = 'tent',  vectors = { content = { 1, 0 } },   scores = { popularity = 0.9 } },\n"
         "  { id = 'tent2', vectors = { content = { 1, 0.1 } }, scores = { popularity = 0.8 } },\n"
         "  { id = 'mug',   vectors = { content = { 0, 1 } },   scores = { popularity = 0.5 } },\n"
         "  { id = 'odd',   scores = { popularity = 0 } },\n"
         "}, expect = { 'tent', 'mug', 'odd', 'tent2' } })\n";
  std::string output;

  const int code =
      harness::RunProgram({"scripts", "test", file, "--dir", folder.path() + "/scenarios"}, &output);

  EXPECT_EQ(code, 0) << output;
}

TEST(ScriptsCommandTest, Test_WrongExpectation_NamesTheLineAndBothLists) {
  harness::TemporaryFolder folder;
  const std::string file = folder.path() + "/default_test.lua";
  std::ofstream(file) << "\ntest('wrong', { items = { { id = 'mug', scores = { popularity = 1 } } },\n"
                         "  expect = { 'tent' } })\n";
  std::string output;

  const int code = harness::RunProgram(
      {"scripts", "test", file, "--dir", SIGNALBOX_SOURCE_DIR "/scripts-lua/scenarios"}, &output);

  EXPECT_EQ(code, 1) << output;
  EXPECT_THAT(output, HasSubstr("default_test.lua:2: wrong: expected tent; got mug"));
}

}  // namespace
}  // namespace signalbox::flow
