// List rules in Lua and in JSON: the same keys, the same checks.
#include "scripting/list_rules.hpp"

#include <gtest/gtest.h>

#include "scripting/scenario.hpp"

namespace signalbox::scripting {
namespace {

Result<std::vector<ListRule>> FromLua(const std::string& rules) {
  const auto scenario = Scenario::Compile("home", "home.lua", "rules { " + rules + " }");
  if (!scenario) return Fail(scenario.error());
  return (*scenario)->declaration().rules;
}

std::string LuaError(const std::string& rules) {
  const auto read = FromLua(rules);
  return read ? "no error" : read.error().message();
}

constexpr const char* kLua = R"(
  at_most { field = "brand", count = 2, window = 10 },
  at_least { share = 0.3, where = { own = true, price = { below = 50, or_absent = true } } },
  pin { item = "gift-card", position = 3, from = "2026-12-01", to = "2026-12-26" },
  bury { where = "item.margin < 0.1 or item.brand == 'Acme'", name = "thin" },
  bury { item = "sku-9", item_type = "voucher" },
  exclude_seen { event = "purchase", within_days = 30 },
  diversify { field = "category", lambda = 0.5 },
  diversify { vector = "content" },
  dedupe { field = "group_id" },
  explore { share = 0.1, depth = 50,
            schedule = { from = "2026-11-27T08:30", days = { "sat", "mon" }, hours = "22:00-02:00" } })";

constexpr const char* kJson =
    R"j([{"rule":"at_most","field":"brand","count":2,"window":10},)j"
    R"j({"rule":"at_least","share":0.3,"where":"item.own == true and (item.price < 50 or item.price == nil)"},)j"
    R"j({"rule":"pin","item":"gift-card","position":3,"schedule":{"from":"2026-12-01","to":"2026-12-26"}},)j"
    R"j({"rule":"bury","name":"thin","where":"item.margin < 0.1 or item.brand == \"Acme\""},)j"
    R"j({"rule":"bury","item":"sku-9","item_type":"voucher"},)j"
    R"j({"rule":"exclude_seen","event":"purchase","within_days":30},)j"
    R"j({"rule":"diversify","field":"category","lambda":0.5},)j"
    R"j({"rule":"diversify","vector":"content"},)j"
    R"j({"rule":"dedupe","field":"group_id"},)j"
    R"j({"rule":"explore","share":0.1,"depth":50,"schedule":{"from":"2026-11-27T08:30",)j"
    R"j("days":["mon","sat"],"hours":"22:00-02:00"}}])j";

TEST(ListRulesTest, Read_EveryRule_SameFromLuaAndJson) {
  const auto lua = FromLua(kLua);
  const auto json = ParseListRules(kJson);

  ASSERT_TRUE(lua) << lua.error().message();
  ASSERT_TRUE(json) << json.error().message();
  ASSERT_EQ(lua->size(), 10u);
  for (size_t i = 0; i < lua->size(); ++i) EXPECT_EQ((*lua)[i], (*json)[i]) << i;
  EXPECT_EQ((*lua)[0].name, "at_most brand");
  EXPECT_EQ((*lua)[2].name, "pin gift-card");
  EXPECT_EQ((*lua)[2].schedule.from_ms, 1'796'083'200'000);
  EXPECT_EQ((*lua)[3].name, "thin");
  EXPECT_EQ((*lua)[9].schedule.weekdays, 0b100001);
  EXPECT_EQ((*lua)[9].schedule.from_minute, 1320);
  EXPECT_EQ((*lua)[9].schedule.to_minute, 120);
}

TEST(ListRulesTest, Write_ThenRead_GivesTheSameText) {
  EXPECT_EQ(WriteListRules(*ParseListRules(kJson)), kJson);
  EXPECT_EQ(WriteListRules({}), "[]");
}

TEST(ListRulesTest, Read_KeyUnknown_NamesTheNearest) {
  const auto json =
      ParseListRules(R"([{"rule":"dedupe","field":"a"},{"rule":"at_most","feild":"b","count":1}])");

  ASSERT_FALSE(json);
  EXPECT_EQ(json.error().field(), "rules[1].feild");
  EXPECT_EQ(json.error().hint(), "Did you mean \"field\"?");
  EXPECT_EQ(LuaError("at_most { feild = 'b', count = 1 }"),
            "home.lua:1: at_most.feild is not known; field, count, window, name, schedule are. Did you mean "
            "\"field\"?");
}

TEST(ListRulesTest, Read_ValueWrong_NamesTheKey) {
  const auto field = [](const char* json) {
    const auto rules = ParseListRules(json);
    return rules ? std::string("no error") : rules.error().field();
  };
  EXPECT_EQ(field(R"([{"rule":"at_most","field":"b","count":0}])"), "rules[0].count");
  EXPECT_EQ(field(R"([{"rule":"at_most","field":"b","count":1.5}])"), "rules[0].count");
  EXPECT_EQ(field(R"([{"rule":"at_most","field":"b","count":3,"window":2}])"), "rules[0].window");
  EXPECT_EQ(field(R"([{"rule":"at_most","field":"b"}])"), "rules[0].count");
  EXPECT_EQ(field(R"([{"rule":"at_most","field":7,"count":1}])"), "rules[0].field");
  EXPECT_EQ(field(R"([{"rule":"explore","share":1.5}])"), "rules[0].share");
  EXPECT_EQ(field(R"([{"rule":"bury"}])"), "rules[0]");
  EXPECT_EQ(field(R"([{"rule":"bury","where":"item.x <"}])"), "rules[0].where");
  EXPECT_EQ(field(R"([{"rule":"bury","where":{"x":{"abov":1}}}])"), "rules[0].where.x.abov");
  EXPECT_EQ(field(R"([{"rule":"diversify","field":"a","vector":"b"}])"), "rules[0]");
  EXPECT_EQ(field(R"([{"rule":"exclude_seen","within_days":0.5}])"), "rules[0].within_days");
  EXPECT_EQ(field(R"([{"rule":"pin","item":"a","position":1,"from":"2026-13-01"}])"), "rules[0].from");
  EXPECT_EQ(field(R"([{"rule":"pin","item":"a","position":1,"from":"2026-12-02","to":"2026-12-01"}])"),
            "rules[0].to");
  EXPECT_EQ(field(R"([{"rule":"dedupe","field":"a","schedule":{"days":["funday"]}}])"),
            "rules[0].schedule.days");
  EXPECT_EQ(field(R"([{"rule":"dedupe","field":"a","schedule":{"hours":"8-18"}}])"),
            "rules[0].schedule.hours");
  EXPECT_EQ(field(R"([{"rule":"dedupe","field":"a","schedule":{"hours":"08:00-24:30"}}])"),
            "rules[0].schedule.hours");
  EXPECT_EQ(field(R"([{"rule":"at_mots"}])"), "rules[0].rule");
  EXPECT_EQ(field(R"([{"field":"a"}])"), "rules[0].rule");
  EXPECT_EQ(field(R"([7])"), "rules[0].rule");
}

TEST(ListRulesTest, Read_NotAnArrayOrHostile_IsRefused) {
  for (const std::string& json :
       {std::string(), std::string("{}"), std::string("null"), std::string("[{}"), std::string("[{},]"),
        std::string(50'000, '['), std::string(R"([{"rule":"dedupe","rule":"dedupe","field":"a"}])"),
        std::string("[\"\xff\"]"), "[" + std::string(70'000, ' ') + "]"}) {
    const auto rules = ParseListRules(json);
    ASSERT_FALSE(rules) << json.substr(0, 40);
    EXPECT_EQ(rules.error().field().substr(0, 5), "rules");
  }
  std::string many = "[";
  for (int i = 0; i < 65; ++i) many += std::string(i > 0 ? "," : "") + R"({"rule":"dedupe","field":"a"})";
  EXPECT_EQ(ParseListRules(many + "]").error().message(), "rules are more than 64");
}

TEST(ListRulesTest, Rules_InLua_AreCheckedWhereTheyStand) {
  EXPECT_EQ(LuaError("\nat_most { field = 'b', count = 'two' }"),
            "home.lua:2: at_most.count must be a whole number from 1 to 1000");
  EXPECT_EQ(
      LuaError("{ field = 'b' }"),
      "home.lua:1: rules[1]: a rule such as at_most { field = \"brand\", count = 2 } is needed, not table");
  EXPECT_EQ(LuaError("first = dedupe { field = 'b' }"),
            "home.lua:1: rules: write a list, rules { at_most { ... }, pin { ... } }");
  EXPECT_EQ(LuaError("} rules {"), "home.lua:1: rules is declared twice");
  EXPECT_EQ(LuaError("at_most 'b'"), "home.lua:1: bad argument #1 to 'at_most' (table expected, got string)");
}

TEST(ScheduleTest, Acts_OnlyWhenEveryPartHolds) {
  constexpr int64_t kHour = 3'600'000;
  constexpr int64_t kFriday = 1'700'179'200'000;  // 17 November 2023, 00:00 UTC
  Schedule schedule;
  EXPECT_TRUE(schedule.Acts(kFriday, 0));

  schedule.from_ms = kFriday;
  schedule.to_ms = kFriday + 24 * kHour;
  EXPECT_FALSE(schedule.Acts(kFriday - 1, 0));
  EXPECT_TRUE(schedule.Acts(kFriday, 0));
  EXPECT_FALSE(schedule.Acts(kFriday + 24 * kHour, 0));
  EXPECT_TRUE(schedule.Acts(kFriday - kHour, kHour));  // their clocks show Friday already

  schedule = {};
  schedule.weekdays = 1 << 4;
  EXPECT_TRUE(schedule.Acts(kFriday, 0));
  EXPECT_FALSE(schedule.Acts(kFriday, -kHour));

  schedule = {};
  schedule.from_minute = 22 * 60;
  schedule.to_minute = 2 * 60;
  EXPECT_TRUE(schedule.Acts(kFriday, 0));
  EXPECT_TRUE(schedule.Acts(kFriday - kHour, 0));
  EXPECT_FALSE(schedule.Acts(kFriday + 2 * kHour, 0));
  EXPECT_FALSE(schedule.Acts(kFriday + 12 * kHour, 0));
}

}  // namespace
}  // namespace signalbox::scripting
