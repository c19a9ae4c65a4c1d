// Every example of the reference compiles and runs, or is refused as it says; every shipped
// scenario does.
#include <filesystem>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "scripting/script_testing.hpp"

namespace signalbox::scripting {
namespace {

namespace fs = std::filesystem;

const fs::path kScripts = fs::path(SIGNALBOX_SOURCE_DIR) / "scripts-lua";

std::string Read(const fs::path& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file.is_open()) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

struct Example {
  int line = 0;
  std::string source;
  std::string refused;  // what the refusal says; empty = it works
};

std::vector<Example> Examples(const std::string& text) {
  std::vector<Example> examples;
  int line = 0;
  bool inside = false;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string now = text.substr(at, end - at);
    at = end + 1;
    ++line;
    constexpr std::string_view kOpen = "```lua", kRefused = "```lua refused ";
    if (inside && now == "```") {
      inside = false;
    } else if (inside) {
      examples.back().source += now + "\n";
    } else if (now.compare(0, kOpen.size(), kOpen) == 0) {
      inside = true;
      const bool refused = now.compare(0, kRefused.size(), kRefused) == 0;
      EXPECT_TRUE(refused || now == kOpen) << "prelude.md:" << line;
      examples.push_back({line, "", refused ? now.substr(kRefused.size()) : ""});
    }
  }
  return examples;
}

Result<std::shared_ptr<const Scenario>> Compile(const std::string& name, const std::string& source) {
  return Scenario::Compile(name, name + ".lua", source, {}, [](std::string_view base) -> Result<std::string> {
    return Read(kScripts / "scenarios" / (std::string(base) + ".lua"));
  });
}

struct ShopContext final : Context {
  std::map<std::string, model::ContextValue> values{{"device", std::string("phone")},
                                                    {"country", std::string("no")}};
  std::map<std::string, model::ContextValue> attributes{{"tier", std::string("gold")}};
  ShopContext() {
    user = "ada";
    scenario = "home";
    item = last = "mug";
    now_ms = 1'700'226'000'000;
    count = 10;
    history_length = 2;
    request_values = &values;
    user_attributes = &attributes;
  }
  HistoryEvent History(uint32_t i) const override {
    return {"mug", "item", i == 0 ? "view" : "cart", now_ms - 60'000};
  }
  std::vector<std::pair<std::string_view, uint32_t>> Categories() const override { return {{"mugs", 2}}; }
  bool In(Set set, std::string_view id) const override { return set == Set::kSeen && id == "mug"; }
};

// "" or what went wrong.
std::string Use(const Scenario& scenario) {
  const FakeItems items({{"mug",
                          {{"price", 12.0},
                           {"list_price", 20.0},
                           {"age_days", 3.0},
                           {"brand", std::string_view("Kiln")},
                           {"category", std::string_view("mugs")},
                           {"tags", std::vector<std::string_view>{"new"}}}},
                         {"bare", {}}});
  const ShopContext context;
  const auto run = *scenario.Begin(context);
  if (scenario.declaration().has_weights) {
    const auto weights = run->Weights();
    if (!weights) return weights.error().message();
  }
  for (uint32_t row = 0; row < 2; ++row) {
    for (size_t i = 0; i < scenario.declaration().filters.size(); ++i) {
      if (const auto kept = run->Filter(i, items, row); !kept) return kept.error().message();
    }
    for (size_t i = 0; i < scenario.declaration().boosts.size(); ++i) {
      if (const auto factor = run->Boost(i, items, row); !factor) return factor.error().message();
    }
  }
  return "";
}

TEST(ReferenceTest, EveryExample_DoesWhatItSays) {
  const std::vector<Example> examples = Examples(Read(kScripts / "prelude.md"));
  ASSERT_GT(examples.size(), 15u);
  for (const Example& example : examples) {
    const auto scenario = Compile("example", example.source);
    const std::string error = scenario ? Use(**scenario) : scenario.error().message();
    if (example.refused.empty()) {
      EXPECT_EQ(error, "") << "prelude.md:" << example.line;
    } else {
      EXPECT_NE(error.find(example.refused), std::string::npos)
          << "prelude.md:" << example.line << ": " << error;
    }
  }
}

// A word that the reference does not have is a word that nobody finds.
TEST(ReferenceTest, EveryWordOfTheSandbox_IsInTheReference) {
  const std::string text = Read(kScripts / "prelude.md");
  const auto scenario = *Compile("words", R"(
    function weights(ctx)
      local words = {}
      for name in pairs(_ENV) do words[#words + 1] = name end
      error(table.concat(words, " "), 0)
    end)");
  FakeContext context;
  std::string words =
      (*scenario->Begin(context))->Weights().error().message().substr(std::string("words.lua:0: ").size());
  ASSERT_NE(words.find("tunable"), std::string::npos);
  for (size_t at = 0; at < words.size();) {
    const size_t end = std::min(words.find(' ', at), words.size());
    const std::string word = words.substr(at, end - at);
    EXPECT_NE(text.find(word), std::string::npos) << word;
    at = end + 1;
  }
}

TEST(ReferenceTest, EveryShippedScenario_CompilesAndRuns) {
  size_t scenarios = 0;
  for (const auto& entry : fs::directory_iterator(kScripts / "scenarios")) {
    const auto scenario = Compile(entry.path().stem().string(), Read(entry.path()));
    ASSERT_TRUE(scenario) << scenario.error().message();
    EXPECT_EQ(Use(**scenario), "") << entry.path();
    ++scenarios;
  }
  EXPECT_GE(scenarios, 7u);
}

}  // namespace
}  // namespace signalbox::scripting
