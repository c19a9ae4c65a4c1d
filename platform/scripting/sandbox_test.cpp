// Hostile scripts: each ends within its budget and harms nothing that comes after it.
#include <gtest/gtest.h>

#include "scripting/script_testing.hpp"

namespace signalbox::scripting {
namespace {

// The error of calling weights(), or "" where it worked.
std::string WeightsError(const std::string& body, RunLimits limits = {}) {
  const auto scenario =
      Scenario::Compile("home", "home.lua", "function weights(ctx) " + body + " return {} end", limits);
  if (!scenario) return "compile: " + scenario.error().message();
  FakeContext context;
  const auto weights = (*(*scenario)->Begin(context))->Weights();
  return weights ? "" : weights.error().message();
}

bool TookTooLong(const std::string& error) { return error.find("too long") != std::string::npos; }

TEST(SandboxTest, Run_EndlessLoop_IsStopped) {
  EXPECT_TRUE(TookTooLong(WeightsError("while true do end")));
  EXPECT_TRUE(TookTooLong(WeightsError("for i = 1, 1e18 do local x = i end")));
}

TEST(SandboxTest, Run_InstructionsAlone_AreLimited) {
  RunLimits limits;
  limits.instructions = 10'000;
  limits.deadline_us = 60'000'000;

  EXPECT_EQ(WeightsError("for i = 1, 1000 do end", limits), "");
  EXPECT_TRUE(TookTooLong(WeightsError("for i = 1, 20000 do end", limits)));
}

TEST(SandboxTest, Run_ProtectedCalls_DoNotSaveASpentScript) {
  EXPECT_TRUE(TookTooLong(WeightsError("while true do pcall(function() while true do end end) end")));
  EXPECT_TRUE(TookTooLong(WeightsError("local function f() pcall(f) f() end while true do pcall(f) end")));
  EXPECT_EQ(WeightsError("local ok, err = pcall(error, 'x') assert(not ok and err == 'x')"), "");
}

TEST(SandboxTest, Run_HugeText_IsRefused) {
  EXPECT_NE(WeightsError("local s = string.rep('x', 1e9)").find("more than 64 KB"), std::string::npos);
  EXPECT_EQ(WeightsError("assert(string.rep('', 1e10) == '')"), "");
  EXPECT_NE(WeightsError("local s = 'x' while true do s = s .. s end"), "");
  EXPECT_NE(WeightsError("local t = {} for i = 1, 1e9 do t[i] = ('x'):rep(60000) .. i end"), "");
}

TEST(SandboxTest, Run_GrowingTable_HitsTheMemoryCap) {
  RunLimits limits;
  limits.deadline_us = 60'000'000;
  limits.instructions = 1'000'000'000;

  EXPECT_EQ(WeightsError("local t = {} for i = 1, 1e9 do t[i] = {} end", limits),
            "home.lua:0: not enough memory");
}

TEST(SandboxTest, Run_DeepRecursion_IsStopped) {
  EXPECT_NE(WeightsError("local function f(n) return 1 + f(n + 1) end f(1)"), "");
  EXPECT_NE(WeightsError("local function f() pcall(f) end f() error('deep')"), "");
  EXPECT_NE(
      WeightsError("local t = {} for i = 1, 9000 do t[i] = i end table.sort(t, function() error({}) end)"),
      "");
}

TEST(SandboxTest, Run_ErrorThatIsATable_IsReported) {
  EXPECT_EQ(WeightsError("error({ code = 1 })"), "home.lua:0: an error that is a table, not a text");
  EXPECT_EQ(WeightsError("error()"), "home.lua:0: an error that is a nil, not a text");
}

TEST(SandboxTest, Run_DangerousNames_AreAbsent) {
  for (const std::string name :
       {"load",          "loadstring",     "dofile",      "require",      "os",           "io",
        "debug",         "package",        "coroutine",   "setmetatable", "getmetatable", "rawset",
        "rawget",        "collectgarbage", "_G",          "string.dump",  "string.gsub",  "string.match",
        "string.gmatch", "string.pack",    "math.random", "table.move"}) {
    EXPECT_NE(WeightsError("assert(" + name + " ~= nil)"), "") << name;
  }
}

TEST(SandboxTest, Run_LibrariesAndTexts_AreLocked) {
  EXPECT_NE(WeightsError("string.upper = nil").find("string is read-only"), std::string::npos);
  EXPECT_NE(WeightsError("math.pi = 3").find("math is read-only"), std::string::npos);
  EXPECT_NE(WeightsError("tune.x = 3").find("tune is read-only"), std::string::npos);
  EXPECT_NE(WeightsError("ctx.user = 'x'").find("ctx is read-only"), std::string::npos);
  EXPECT_NE(WeightsError("ctx.seen.x = true").find("seen is read-only"), std::string::npos);
  EXPECT_NE(WeightsError("local s = 'x' s.upper = nil"), "");
  EXPECT_EQ(WeightsError("assert(('x'):upper() == 'X' and ('a.b'):find('.', 1) == 2)"), "");
}

TEST(SandboxTest, Run_AddressesAreNotTold) {
  EXPECT_EQ(WeightsError("assert(tostring({}) == 'table' and tostring(ctx) == 'userdata')"), "");
  EXPECT_EQ(WeightsError("assert(string.format('%s %d', {}, 3) == 'table 3')"), "");
  EXPECT_NE(WeightsError("string.format('%p', {})"), "");
  EXPECT_NE(WeightsError("string.format('%5.2p', {})"), "");
}

TEST(SandboxTest, Compile_BytecodeOrEndlessTopLevel_IsRefused) {
  EXPECT_FALSE(Scenario::Compile("home", "home.lua", "\x1bLua"));
  const auto endless = Scenario::Compile("home", "home.lua", "\nwhile true do end");
  ASSERT_FALSE(endless);
  EXPECT_EQ(endless.error().message(),
            "home.lua:2: the script took too long; simplify it or do less per item");
}

TEST(SandboxTest, Run_ChangingGlobals_IsRefusedAndDoesNotLeak) {
  const auto scenario = *Scenario::Compile("home", "home.lua", R"(
    function weights(ctx)
      if ctx.user then pcall(function() weights = nil end) leaked = 1 end
      return { a = 1 }
    end)");
  FakeContext hostile, next;
  hostile.user = "u";

  const auto first = (*scenario->Begin(hostile))->Weights();
  const auto second = (*scenario->Begin(next))->Weights();

  EXPECT_EQ(first.error().message(),
            "home.lua:3: global 'leaked' cannot be changed while a request runs; use a local");
  ASSERT_TRUE(second);
  EXPECT_EQ(second->size(), 1u);
}

TEST(SandboxTest, Run_AfterAFault_TheNextRequestIsWell) {
  const auto scenario = *Scenario::Compile("home", "home.lua", R"(
    function weights(ctx)
      if ctx.user then error("broken") end
      return { a = 1 }
    end)");
  FakeContext hostile, next;
  hostile.user = "u";

  EXPECT_FALSE((*scenario->Begin(hostile))->Weights());
  const auto weights = (*scenario->Begin(next))->Weights();

  ASSERT_TRUE(weights);
  EXPECT_EQ((*weights)[0].second, 1);
}

TEST(SandboxTest, Run_DeclarationsWhileRunning_AreRefused) {
  EXPECT_NE(WeightsError("tunable('x', 1)").find("tunable belongs at the top of the script"),
            std::string::npos);
  EXPECT_NE(WeightsError("filter('x', function() end)").find("belongs at the top"), std::string::npos);
}

}  // namespace
}  // namespace signalbox::scripting
