// Native answers are Lua's answers.
#include <gtest/gtest.h>

#include <random>

#include "scripting/script_state.hpp"
#include "scripting/script_testing.hpp"

namespace signalbox::scripting {
namespace {

// Items with scores, so that every kind of name can be read.
class ScoredItems final : public ItemReader {
 public:
  explicit ScoredItems(std::vector<FakeItems::Row> rows) : items_(std::move(rows)) {}
  std::string_view Id(uint32_t row) const override { return items_.Id(row); }
  int FieldByName(std::string_view name) const override { return items_.FieldByName(name); }
  FieldValue Field(uint32_t row, int field) const override {
    FieldValue value = items_.Field(row, field);
    if (const auto* text = std::get_if<std::string_view>(&value)) {  // lives until the next call only
      text_ = *text;
      return FieldValue(std::string_view(text_));
    }
    return value;
  }
  int SignalByName(std::string_view name) const override {
    return name == "session" ? 0 : name == "pop" ? 1 : -1;
  }
  double Score(uint32_t row, int signal, bool normalised) const override {
    if (signal == 1 && row % 3 == 0) return NAN;
    return (normalised ? 0.01 : 1.0) * static_cast<double>(row + static_cast<uint32_t>(signal));
  }
  double Blend(uint32_t row) const override { return row % 4 == 0 ? NAN : 0.5 / (row + 1); }

 private:
  FakeItems items_;
  mutable std::string text_;
};

std::unique_ptr<ScriptState> Load(const std::string& source) {
  auto state = ScriptState::Load("home", "home.lua", source, RunLimits{}, {});
  EXPECT_TRUE(state) << (state ? "" : state.error().message()) << source;
  return state ? std::move(*state) : nullptr;
}

size_t NativeCount(const std::string& function, const std::string& head = "") {
  return Load(head + "filter('f', " + function + ")")->native_count();
}

TEST(NativeFunctionTest, Compile_Understood_RunsWithoutLua) {
  for (const std::string function : {
           "function(item, ctx) return not ctx.bought[item.id] end",
           "function(item, ctx) local id = item.id return id ~= ctx.last and not ctx.bought[id] end",
           "function(i) if (i.age_days or 999) < 14 then return 1.1 end end",
           "function(item, ctx) if item.a == 1 then return 1 elseif item.b then return 2 else return 3 end "
           "end",
           "function() return true end",
           "function(item) return item['odd name'] == nil end",
           "function(item, ctx) return item.score.session and item.normalised.pop or item.blend end",
           "function(item, ctx) return ctx.request.device == 'phone' and ctx.user_attributes.tier ~= 3 end",
           "function(item)\n  -- a comment\n  return item.price * 2 + 1 >= 3 / -4 -- another\nend",
       }) {
    EXPECT_EQ(NativeCount(function), 1u) << function;
  }
  EXPECT_EQ(NativeCount("function(item) return item.price < tune.most end", "tunable('most', 1) "), 1u);
  EXPECT_EQ(NativeCount("function(item) return item.price < most end", "local most = 3 "), 1u);
  EXPECT_EQ(NativeCount("keep", "local function keep(item) return item.price end\n"), 1u);
}

TEST(NativeFunctionTest, Compile_AnythingElse_IsLeftToLua) {
  for (const std::string function : {
           "function(item) return item.brand:upper() == 'X' end",
           "function(item) return #item.tags > 1 end",
           "function(item) return item.tags[1] end",
           "function(item) for i = 1, 2 do end return true end",
           "function(item) local a a = 1 return a end",
           "function(item) return item end",
           "function(item, ctx) return ctx.random() < 0.5 end",
           "function(item, ctx) return ctx.history[1] end",
           "function(item) return item.a .. item.b end",
           "function(item) return item.a // 2 == item.a % 2 end",
           "function(item) return 2 ^ 3 end",
           "function(item, ctx, ...) return true end",
           "function(item) return math.max(item.a, 1) > 1 end",
           "function(item) return 0x10 == 16 end",
       }) {
    EXPECT_EQ(NativeCount(function), 0u) << function;
  }
  EXPECT_EQ(NativeCount("function(item) return t end", "local t = {} "), 0u);
  EXPECT_EQ(NativeCount("function(item) return tune.x end", "local tune = { x = 1 } "), 0u);
  EXPECT_EQ(NativeCount("function(item) return tune.x end", "tunable('x', 1) local tune <const> = 3 "), 0u);
  EXPECT_EQ(NativeCount("function(item) return tune.x end",
                        "tunable('x', 1) local _ENV = { filter = filter, tune = 3 } "),
            0u);
  EXPECT_EQ(NativeCount("function(item) return 1 end", "local f = function() return 2 end ") +
                NativeCount("(function() return function(item) return 1 end end)()"),
            0u);  // two functions on one line
}

class Generator {
 public:
  explicit Generator(uint32_t seed) : random_(seed) {}

  size_t Below(size_t n) { return random_() % n; }
  template <size_t count>
  std::string Pick(const char* const (&words)[count]) {
    return words[Below(count)];
  }

  std::string Leaf() {
    static constexpr const char* kLeaves[] = {"item.price",
                                              "item.price",
                                              "item.brand",
                                              "item.sale",
                                              "item.absent",
                                              "item.tags",
                                              "item.id",
                                              "item.age",
                                              "item.score.session",
                                              "item.normalised.pop",
                                              "item.score.unknown",
                                              "item.blend",
                                              "ctx.hour",
                                              "ctx.user",
                                              "ctx.last",
                                              "ctx.count",
                                              "ctx.history_length",
                                              "ctx.request.device",
                                              "ctx.request.none",
                                              "ctx.user_attributes.tier",
                                              "tune.x",
                                              "tune.y",
                                              "limit",
                                              "word",
                                              "0",
                                              "1",
                                              "2.5",
                                              "1e3",
                                              "3",
                                              "'Acme'",
                                              "'item-3'",
                                              "true",
                                              "false",
                                              "nil",
                                              "ctx.bought[item.id]",
                                              "ctx.seen['item-2']",
                                              "9007199254740992",
                                              "a",
                                              "b"};
    const std::string leaf = Pick(kLeaves);
    if (leaf == "a") return locals_ > 0 ? "v" + std::to_string(Below(locals_)) : "item.price";
    if (leaf == "b") return locals_ > 1 ? "v" + std::to_string(Below(locals_)) : "item.brand";
    return leaf;
  }
  std::string Expression(int depth) {
    if (depth == 0 || Below(4) == 0) return Leaf();
    static constexpr const char* kOps[] = {" and ", " or ", " == ", " ~= ", " < ", " <= ",  " > ",
                                           " >= ",  " + ",  " - ",  " * ",  " / ", " and ", " or "};
    switch (Below(8)) {
      case 0:
        return "not " + Expression(depth - 1);
      case 1:
        return "(" + Expression(depth - 1) + ")";
      case 2:
        return "- " + Expression(depth - 1);
      case 3:
        return "ctx.carted[" + Expression(depth - 1) + "]";
      default:
        return Expression(depth - 1) + Pick(kOps) + Expression(depth - 1);
    }
  }
  std::string Block(int depth) {
    const size_t outer = locals_;
    std::string block;
    for (size_t i = Below(3); i > 0; --i) {
      if (Below(2) == 0) {
        const std::string value = Expression(2);
        block += "local v" + std::to_string(locals_++) + " = " + value + "\n";
      } else if (depth > 0) {
        block += "if " + Expression(2) + " then\n" + Block(depth - 1);
        if (Below(2) == 0) block += "elseif " + Expression(1) + " then\n" + Block(depth - 1);
        if (Below(2) == 0) block += "else\n" + Block(depth - 1);
        block += "end\n";
      }
    }
    if (Below(3) > 0) block += "return " + Expression(3) + "\n";
    locals_ = outer;
    return block;
  }

 private:
  std::mt19937 random_;
  size_t locals_ = 0;
};

ScoredItems RandomItems(Generator* generator) {
  static constexpr const char* kBrands[] = {"Acme", "Kiln", "", "10"};
  static constexpr double kPrices[] = {0, -0.0, 1, 2.5, 3, 1e300, -7, 49.99};
  std::vector<FakeItems::Row> rows;
  for (int i = 0; i < 24; ++i) {
    FakeItems::Row row{"item-" + std::to_string(i), {}};
    if (generator->Below(4) > 0) row.fields["price"] = kPrices[generator->Below(8)];
    if (generator->Below(4) > 0) row.fields["brand"] = std::string_view(kBrands[generator->Below(4)]);
    if (generator->Below(3) > 0) row.fields["sale"] = generator->Below(2) == 0;
    if (generator->Below(3) > 0) row.fields["age"] = static_cast<double>(generator->Below(60));
    if (generator->Below(3) == 0) row.fields["tags"] = std::vector<std::string_view>{"x"};
    rows.push_back(std::move(row));
  }
  return ScoredItems(std::move(rows));
}

std::string Told(const Result<bool>& kept) {
  return !kept ? kept.error().message() : *kept ? "true" : "false";
}
std::string Told(const Result<double>& factor) {
  return factor ? std::to_string(*factor) : factor.error().message();
}

// The same function as it is and with a call in front that leaves it to Lua.
TEST(NativeFunctionTest, Run_RandomFunctionsAndItems_AnswersAsLuaDoes) {
  Generator generator(20261127);
  const std::map<std::string, model::ContextValue> values{{"device", std::string("phone")}, {"tier", 2.0}};
  FakeContext context;
  context.user = "ada";
  context.last = "item-3";
  context.count = 10;
  context.history_length = 2;
  context.now_ms = 1'700'226'000'000;
  context.zone_offset_ms = 3'600'000;
  context.request_values = context.user_attributes = &values;
  context.sets = {{Context::Set::kBought, {"item-1", "item-5"}},
                  {Context::Set::kSeen, {"item-2"}},
                  {Context::Set::kCarted, {"Acme", "item-4"}}};
  size_t native = 0, faults = 0;
  for (int round = 0; round < 1500; ++round) {
    const std::string body = generator.Block(2);
    const bool boosts = round % 2 == 0;
    const auto script = [&](const std::string& first) {
      return "tunable('x', 0.5) tunable('y', 1) local limit, word = 2, 'Acme'\n" +
             std::string(boosts ? "boost('f', { max = 3 }, " : "filter('f', ") + "function(item, ctx) " +
             first + "\n" + body + "end)";
    };
    const auto with = Load(script("")), without = Load(script("local _ = type(1)"));
    ASSERT_TRUE(with && without);
    native += with->native_count();
    ASSERT_EQ(without->native_count(), 0u);
    const ScoredItems items = RandomItems(&generator);
    ASSERT_TRUE(with->Start(context, {{"x", 0.75}}) && without->Start(context, {{"x", 0.75}}));
    for (uint32_t row = 0; row < 24; ++row) {
      const std::string ours = boosts ? Told(with->Boost(0, items, row)) : Told(with->Filter(0, items, row));
      const std::string theirs =
          boosts ? Told(without->Boost(0, items, row)) : Told(without->Filter(0, items, row));
      ASSERT_EQ(ours, theirs) << script("") << "\nrow " << row;
      if (theirs.find("home.lua") == std::string::npos) continue;
      ++faults;
      break;  // both are over
    }
  }
  EXPECT_GT(native, 1400u);
  EXPECT_GT(faults, 100u);
  EXPECT_LT(faults, 1400u);
}

TEST(NativeFunctionTest, Run_NamesAreAskedOnce) {
  const auto state = Load(
      "filter('a', function(item) return item.price end)\n"
      "filter('b', function(item) local _ = type(1) return item.price end)");
  const FakeItems items({{"a", {{"price", 1.0}}}});
  FakeContext context;
  ASSERT_TRUE(state->Start(context, {}));

  EXPECT_TRUE(*state->Filter(0, items, 0));
  EXPECT_TRUE(*state->Filter(1, items, 0));
  EXPECT_TRUE(*state->Filter(0, items, 0));

  EXPECT_EQ(items.asked, 1);
}

}  // namespace
}  // namespace signalbox::scripting
