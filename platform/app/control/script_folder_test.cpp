#include "app/control/script_folder.hpp"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>

#include <gmock/gmock.h>

#include "ports/fakes/memory_control_store.hpp"
#include "ports/fakes/recording_runtime.hpp"

namespace signalbox::app {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

class ScriptFolderTest : public ::testing::Test {
 protected:
  ScriptFolderTest() {
    std::string pattern = testing::TempDir() + "scripts_XXXXXX";
    dir = mkdtemp(pattern.data());
    folder.emplace(dir, std::vector<std::string>{"default"}, store, runtime);
  }
  ~ScriptFolderTest() override { std::filesystem::remove_all(dir); }

  std::string Path(const std::string& name) { return dir + "/" + name + ".lua"; }
  // Each write is a second later than the one before, as a file's time may be coarse.
  void Write(const std::string& name, const std::string& text) {
    std::ofstream(Path(name)) << text;
    std::filesystem::last_write_time(Path(name),
                                     std::filesystem::file_time_type(std::chrono::seconds(++writes)));
  }
  model::ObjectName Scenario(const std::string& name) {
    return {"default", model::ObjectKind::kScenario, name};
  }
  std::optional<model::Revision> Current(const std::string& name) { return *store.Current(Scenario(name)); }

  std::string dir;
  int writes = 1'700'000'000;
  ManualClock clock{1'700'000'000'000};
  ports::fakes::MemoryControlStore store{clock};
  ports::fakes::RecordingRuntime runtime;
  std::optional<ScriptFolder> folder;
  const ports::Author anna{"anna", ""};
};

TEST_F(ScriptFolderTest, Seed_EmptyStore_EachFileIsRevisionOneInForce) {
  Write("home", "one");
  Write("cart", "extends=home");

  ASSERT_TRUE(folder->Seed());

  EXPECT_EQ(Current("home")->number, 1u);
  EXPECT_EQ(Current("home")->author, "seed");
  EXPECT_EQ(Current("cart")->content.source, "extends=home");
  EXPECT_THAT(folder->problems(), IsEmpty());
}

TEST_F(ScriptFolderTest, Seed_Again_ChangesNothing) {
  Write("home", "one");
  folder->Seed();
  Write("home", "two");

  ASSERT_TRUE(folder->Seed());

  EXPECT_EQ(Current("home")->content.source, "one");
}

TEST_F(ScriptFolderTest, Seed_FileThatDoesNotCompile_IsLeftOutAndTheOthersAreSeeded) {
  Write("bad", "broken");
  Write("home", "one");

  ASSERT_TRUE(folder->Seed());

  EXPECT_FALSE(Current("bad"));
  EXPECT_TRUE(Current("home"));
  EXPECT_THAT(folder->problems(), ElementsAre(Pair(Path("bad"), "bad.lua:1: broken")));
}

TEST_F(ScriptFolderTest, Seed_NoFolder_IsNotFound) {
  ScriptFolder none(dir + "/none", {"default"}, store, runtime);

  EXPECT_EQ(none.Seed().error().code(), Code::kNotFound);
}

TEST_F(ScriptFolderTest, PublishChanges_ChangedFile_IsPublishedByDevWithTheOperatorsValues) {
  Write("home", "tunable=a,b");
  folder->Seed();
  const auto draft =
      store.AddDraft(Scenario("home"), 1, {"tunable=a,b", {{"a", 0.1}, {"b", 0.2}}, "[1]"}, anna);
  store.MarkValidated(Scenario("home"), draft->number, anna);
  store.Publish(Scenario("home"), draft->number, anna);
  EXPECT_FALSE(folder->PublishChanges());

  Write("home", "tunable=a other");
  EXPECT_TRUE(folder->PublishChanges());
  EXPECT_FALSE(folder->PublishChanges());

  const auto current = Current("home");
  EXPECT_EQ(current->number, 3u);
  EXPECT_EQ(current->author, "dev");
  EXPECT_THAT(current->content.values, ElementsAre(Pair("a", 0.1)));
  EXPECT_EQ(current->content.rules, "[1]");
}

TEST_F(ScriptFolderTest, PublishChanges_FileThatDoesNotCompile_KeepsWhatIsInForceUntilItIsMended) {
  Write("home", "one");
  folder->Seed();
  folder->PublishChanges();

  Write("home", "broken");
  EXPECT_FALSE(folder->PublishChanges());
  EXPECT_EQ(Current("home")->number, 1u);
  EXPECT_THAT(folder->problems(), ElementsAre(Pair(Path("home"), "home.lua:1: broken")));
  Write("home", "two");
  EXPECT_TRUE(folder->PublishChanges());

  EXPECT_EQ(Current("home")->content.source, "two");
  EXPECT_THAT(folder->problems(), IsEmpty());
}

TEST_F(ScriptFolderTest, PublishChanges_StoreAway_IsTriedAgain) {
  Write("home", "one");
  store.FailCalls(Error(Code::kUnavailable, "away"));
  EXPECT_FALSE(folder->PublishChanges());
  store.FailCalls(std::nullopt);

  EXPECT_TRUE(folder->PublishChanges());
}

}  // namespace
}  // namespace signalbox::app
