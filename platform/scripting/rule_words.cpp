// rules { at_most { ... }, pin { ... } }: list rules as a script writes them.
#include <cstring>
#include <lua.hpp>

#include "scripting/rule_reader.hpp"
#include "scripting/script_state.hpp"
#include "scripting/word_arguments.hpp"
#include "scripting/words.hpp"

namespace signalbox::scripting {
namespace {

constexpr uint32_t kMaxMade = 1024;

// at_most { ... } and the like give a handle that only `rules` takes: the number of a rule made.
int MakeRule(lua_State* lua) {
  const auto kind = static_cast<RuleKind>(lua_tointeger(lua, lua_upvalueindex(1)));
  const std::string word(RuleWord(kind));
  Declaring(lua, word.c_str());
  luaL_checktype(lua, 1, LUA_TTABLE);
  auto rule = ReadRule(kind, ReadValue(lua, 1, word), word);
  if (!rule) Raise(lua, rule.error());
  auto& made = ScriptState::Of(lua).made_rules();
  const auto number = static_cast<uint32_t>(made.size());
  if (number >= kMaxMade) luaL_error(lua, "more than 1024 rules were made");
  made.push_back(*std::move(rule));
  std::memcpy(lua_newuserdatauv(lua, sizeof number, 0), &number, sizeof number);
  return 1;
}

// The number of the rule on top.
uint32_t CheckMade(lua_State* lua, lua_Integer place) {
  uint32_t number = 0;
  const size_t made = ScriptState::Of(lua).made_rules().size();
  if (lua_type(lua, -1) == LUA_TUSERDATA && lua_rawlen(lua, -1) == sizeof number) {
    std::memcpy(&number, lua_touserdata(lua, -1), sizeof number);
    if (number < made) return number;
  }
  luaL_error(lua, "rules[%d]: a rule such as at_most { field = \"brand\", count = 2 } is needed, not %s",
             static_cast<int>(place), luaL_typename(lua, -1));
  return 0;
}

// rules { rule, ... }
int DeclareRules(lua_State* lua) {
  Declaration& declaration = Declaring(lua, "rules");
  luaL_checktype(lua, 1, LUA_TTABLE);
  ScriptState& state = ScriptState::Of(lua);
  state.Declare(lua, "rules");
  std::vector<ListRule> rules;
  const auto count = static_cast<lua_Integer>(lua_rawlen(lua, 1));
  if (count > static_cast<lua_Integer>(kMaxListRules)) luaL_error(lua, "rules: more than 64");
  for (lua_Integer i = 1; i <= count; ++i) {
    lua_rawgeti(lua, 1, i);
    rules.push_back(state.made_rules()[CheckMade(lua, i)]);
    lua_pop(lua, 1);
  }
  lua_Integer entries = 0;
  for (lua_pushnil(lua); lua_next(lua, 1) != 0; lua_pop(lua, 1)) ++entries;
  if (entries != count) luaL_error(lua, "rules: write a list, rules { at_most { ... }, pin { ... } }");
  declaration.rules = std::move(rules);
  return 0;
}

}  // namespace

void AddRuleWords(lua_State* lua) {
  for (size_t i = 0; i < RuleWords().size(); ++i) {
    lua_pushinteger(lua, static_cast<lua_Integer>(i));
    lua_pushcclosure(lua, MakeRule, 1);
    lua_setfield(lua, -2, RuleWords()[i].c_str());
  }
  lua_pushcfunction(lua, DeclareRules);
  lua_setfield(lua, -2, "rules");
}

}  // namespace signalbox::scripting
