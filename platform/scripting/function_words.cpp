// The words that keep a function: filter, boost and the global `weights`.
#include <algorithm>
#include <lua.hpp>

#include "scripting/rule_reader.hpp"
#include "scripting/script_state.hpp"
#include "scripting/word_arguments.hpp"
#include "scripting/words.hpp"

namespace signalbox::scripting {
namespace {

constexpr size_t kMaxFunctions = 64;
constexpr double kDefaultBoostMax = 2;

// The place of a rule of that name that a base declared, or the end.
template <typename Rules, typename NameOf>
size_t PlaceOf(const Rules& rules, const std::string& name, const NameOf& name_of) {
  const auto same =
      std::find_if(rules.begin(), rules.end(), [&](const auto& rule) { return name_of(rule) == name; });
  return static_cast<size_t>(same - rules.begin());
}

// filter("name", function(item, ctx) ... end); nil takes away what a base declared
int DeclareFilter(lua_State* lua) {
  auto& filters = Declaring(lua, "filter").filters;
  const std::string name = CheckRuleName(lua, "filter");
  const std::string what = "filter '" + name + "'";
  const size_t place = PlaceOf(filters, name, [](const std::string& filter) { return filter; });
  ScriptState& state = ScriptState::Of(lua);
  if (lua_gettop(lua) > 1 && lua_isnil(lua, 2) && place < filters.size()) {
    state.Declare(lua, what);
    filters.erase(filters.begin() + static_cast<std::ptrdiff_t>(place));
    state.DropFilter(place);
    return 0;
  }
  if (!lua_isfunction(lua, 2) || lua_iscfunction(lua, 2)) {
    luaL_error(lua, "%s: a function(item, ctx) is needed", what.c_str());
  }
  state.Declare(lua, what);
  if (place == filters.size()) {
    if (filters.size() >= kMaxFunctions) luaL_error(lua, "more than 64 filters");
    filters.push_back(name);
  }
  lua_pushvalue(lua, 2);
  state.KeepFilter(place, luaL_ref(lua, LUA_REGISTRYINDEX));
  return 0;
}

double BoostMax(lua_State* lua, const std::string& what) {
  double max = kDefaultBoostMax;
  luaL_checktype(lua, 2, LUA_TTABLE);
  const RuleValue options = ReadValue(lua, 2, what);
  for (size_t i = 0; i < options.keys.size(); ++i) {
    if (options.keys[i] != "max") Raise(lua, RefuseKey(what, options.keys[i], {"max"}).value());
    max = options.values[i].number;
    if (!options.values[i].is(RuleValue::Kind::kNumber) || max <= 0 || max > 1000) {
      luaL_error(lua, "%s.max: above 0 and at most 1000 is needed", what.c_str());
    }
  }
  return max;
}

// boost("name", { max = 2 }, function(item, ctx) ... end); the options may be left out; nil takes away
int DeclareBoost(lua_State* lua) {
  auto& boosts = Declaring(lua, "boost").boosts;
  const std::string name = CheckRuleName(lua, "boost");
  const std::string what = "boost '" + name + "'";
  const size_t place = PlaceOf(boosts, name, [](const auto& boost) { return boost.first; });
  ScriptState& state = ScriptState::Of(lua);
  if (lua_gettop(lua) > 1 && lua_isnil(lua, 2) && place < boosts.size()) {
    state.Declare(lua, what);
    boosts.erase(boosts.begin() + static_cast<std::ptrdiff_t>(place));
    state.DropBoost(place);
    return 0;
  }
  const int function = lua_isfunction(lua, 2) ? 2 : 3;
  const double max = function == 3 ? BoostMax(lua, what) : kDefaultBoostMax;
  if (!lua_isfunction(lua, function) || lua_iscfunction(lua, function)) {
    luaL_error(lua, "%s: a function(item, ctx) is needed", what.c_str());
  }
  state.Declare(lua, what);
  if (place == boosts.size()) {
    if (boosts.size() >= kMaxFunctions) luaL_error(lua, "more than 64 boosts");
    boosts.emplace_back(name, max);
  }
  boosts[place].second = max;
  lua_pushvalue(lua, function);
  state.KeepBoost(place, luaL_ref(lua, LUA_REGISTRYINDEX));
  return 0;
}

}  // namespace

int AssignGlobal(lua_State* lua) {
  ScriptState& state = ScriptState::Of(lua);
  const char* name = lua_type(lua, 2) == LUA_TSTRING ? lua_tostring(lua, 2) : "?";
  if (state.declaring() == nullptr) {
    return luaL_error(lua, "global '%s' cannot be changed while a request runs; use a local", name);
  }
  if (std::string_view(name) != "weights") {
    return luaL_error(lua, "global '%s' is not available yet; write 'local %s' or 'local function %s'", name,
                      name, name);
  }
  if (!lua_isfunction(lua, 3) || lua_iscfunction(lua, 3)) {
    return luaL_error(lua, "weights must be a function(ctx)");
  }
  state.Declare(lua, "weights");
  state.declaring()->has_weights = true;
  lua_pushvalue(lua, 3);
  state.KeepWeights(luaL_ref(lua, LUA_REGISTRYINDEX));
  // A script that extends this one can call it.
  lua_getmetatable(lua, 1);
  lua_getfield(lua, -1, "__index");
  lua_pushvalue(lua, 3);
  lua_setfield(lua, -2, "weights");
  return 0;
}

void AddFunctionWords(lua_State* lua) {
  constexpr luaL_Reg kWords[] = {{"filter", DeclareFilter}, {"boost", DeclareBoost}, {nullptr, nullptr}};
  luaL_setfuncs(lua, kWords, 0);
}

}  // namespace signalbox::scripting
