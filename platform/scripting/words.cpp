// Checks each declaration and writes it down.
#include "scripting/words.hpp"

#include <algorithm>
#include <cmath>
#include <lua.hpp>

#include "scripting/script_state.hpp"

namespace signalbox::scripting {
namespace {

constexpr size_t kMaxDeclarations = 64;
constexpr lua_Integer kMaxQuota = 5000;
constexpr double kDefaultBoostMax = 2;

Declaration& Declaring(lua_State* lua, const char* word) {
  Declaration* declaration = ScriptState::Of(lua).declaring();
  if (declaration == nullptr) luaL_error(lua, "%s belongs at the top of the script, not in a function", word);
  return *declaration;
}

bool IsName(std::string_view text) {
  if (text.empty() || text.size() > 64) return false;
  return std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

// The key of the pair on top (key, value) as a name; `where` names the table in messages.
std::string KeyName(lua_State* lua, const char* where) {
  if (lua_type(lua, -2) != LUA_TSTRING) luaL_error(lua, "%s: write { name = value }", where);
  const std::string key = lua_tostring(lua, -2);
  if (!IsName(key)) luaL_error(lua, "%s: '%s' is not a name (letters, digits, _ and -)", where, key.c_str());
  return key;
}

double Number(lua_State* lua, int index, const std::string& what) {
  const double value = lua_tonumber(lua, index);
  if (lua_type(lua, index) != LUA_TNUMBER || !std::isfinite(value)) {
    luaL_error(lua, "%s: a number is needed, not %s", what.c_str(), luaL_typename(lua, index));
  }
  return value;
}

void ReadTunableOptions(lua_State* lua, const std::string& what, Tunable* tunable) {
  lua_pushnil(lua);
  while (lua_next(lua, 3) != 0) {
    const std::string key = KeyName(lua, what.c_str());
    if (key == "min") {
      tunable->min = Number(lua, -1, what + ".min");
    } else if (key == "max") {
      tunable->max = Number(lua, -1, what + ".max");
    } else if (key == "help") {
      if (lua_type(lua, -1) != LUA_TSTRING) luaL_error(lua, "%s.help: a text is needed", what.c_str());
      tunable->help = lua_tostring(lua, -1);
    } else {
      luaL_error(lua, "%s: unknown key '%s'; min, max and help are known", what.c_str(), key.c_str());
    }
    lua_pop(lua, 1);
  }
}

// tunable("name", value, { min =, max =, help = })
int DeclareTunable(lua_State* lua) {
  Declaration& declaration = Declaring(lua, "tunable");
  const std::string name = luaL_checkstring(lua, 1);
  const std::string what = "tunable '" + name + "'";
  if (!IsName(name)) luaL_error(lua, "%s is not a name (letters, digits, _ and -)", what.c_str());
  Tunable tunable{name, Number(lua, 2, what), 0, 1, {}};
  if (!lua_isnoneornil(lua, 3)) {
    luaL_checktype(lua, 3, LUA_TTABLE);
    ReadTunableOptions(lua, what, &tunable);
  }
  if (tunable.min > tunable.max) luaL_error(lua, "%s: min is above max", what.c_str());
  if (tunable.value < tunable.min || tunable.value > tunable.max) {
    luaL_error(lua, "%s: its value is outside of min and max (0 and 1 unless given)", what.c_str());
  }
  for (const auto& other : declaration.tunables) {
    if (other.name == name) luaL_error(lua, "%s is declared twice", what.c_str());
  }
  if (declaration.tunables.size() >= kMaxDeclarations) luaL_error(lua, "more than 64 tunables");
  lua_rawgeti(lua, LUA_REGISTRYINDEX, ScriptState::Of(lua).tunable_values());
  lua_pushlstring(lua, name.data(), name.size());
  lua_pushnumber(lua, tunable.value);
  lua_rawset(lua, -3);
  declaration.tunables.push_back(std::move(tunable));
  return 0;
}

// candidates { signal = quota }
int DeclareCandidates(lua_State* lua) {
  Declaration& declaration = Declaring(lua, "candidates");
  luaL_checktype(lua, 1, LUA_TTABLE);
  if (!declaration.candidates.empty()) luaL_error(lua, "candidates is declared twice");
  lua_pushnil(lua);
  while (lua_next(lua, 1) != 0) {
    const std::string signal = KeyName(lua, "candidates");
    if (!lua_isinteger(lua, -1) || lua_tointeger(lua, -1) < 0 || lua_tointeger(lua, -1) > kMaxQuota) {
      luaL_error(lua, "candidates.%s: a whole number from 0 to 5000 is needed", signal.c_str());
    }
    declaration.candidates.emplace_back(signal, static_cast<uint32_t>(lua_tointeger(lua, -1)));
    if (declaration.candidates.size() > kMaxDeclarations) luaL_error(lua, "candidates: more than 64 signals");
    lua_pop(lua, 1);
  }
  std::sort(declaration.candidates.begin(), declaration.candidates.end());
  return 0;
}

// The value on top as an operand.
std::variant<double, std::string, bool> Operand(lua_State* lua, const std::string& what) {
  switch (lua_type(lua, -1)) {
    case LUA_TBOOLEAN:
      return lua_toboolean(lua, -1) != 0;
    case LUA_TSTRING:
      return std::string(lua_tostring(lua, -1), lua_rawlen(lua, -1));
    default:
      return Number(lua, -1, what);
  }
}

Condition::Op OpOf(lua_State* lua, const std::string& what, const std::string& key) {
  if (key == "above") return Condition::Op::kAbove;
  if (key == "below") return Condition::Op::kBelow;
  if (key == "at_least") return Condition::Op::kAtLeast;
  if (key == "at_most") return Condition::Op::kAtMost;
  luaL_error(lua, "%s: unknown key '%s'; above, below, at_least, at_most and or_absent are known",
             what.c_str(), key.c_str());
  return {};
}

// { above =, below =, at_least =, at_most =, or_absent = } on top; { a, b } gives one kIn.
std::vector<Condition> ConditionsOf(lua_State* lua, const std::string& field, const std::string& what) {
  std::vector<Condition> conditions;
  Condition in{field, Condition::Op::kIn, {}, false};
  bool or_absent = false;
  const int table = lua_gettop(lua);
  lua_pushnil(lua);
  while (lua_next(lua, table) != 0) {
    if (lua_type(lua, -2) == LUA_TNUMBER) {
      in.operands.push_back(Operand(lua, what));
      if (in.operands.size() > 1000) luaL_error(lua, "%s: more than 1000 values", what.c_str());
    } else if (const std::string key = KeyName(lua, what.c_str()); key == "or_absent") {
      if (!lua_isboolean(lua, -1)) luaL_error(lua, "%s.or_absent: true or false is needed", what.c_str());
      or_absent = lua_toboolean(lua, -1) != 0;
    } else {
      const auto op = OpOf(lua, what, key);
      conditions.push_back({field, op, {Number(lua, -1, what + "." + key)}, false});
    }
    lua_pop(lua, 1);
  }
  if (!in.operands.empty()) conditions.push_back(std::move(in));
  if (conditions.empty()) luaL_error(lua, "%s: a condition is missing, such as { above = 0 }", what.c_str());
  for (auto& condition : conditions) condition.or_absent = or_absent;
  std::sort(conditions.begin(), conditions.end(), [](const auto& a, const auto& b) { return a.op < b.op; });
  return conditions;
}

// where { field = value | { values } | { above = ... } }
int DeclareWhere(lua_State* lua) {
  Declaration& declaration = Declaring(lua, "where");
  luaL_checktype(lua, 1, LUA_TTABLE);
  lua_pushnil(lua);
  while (lua_next(lua, 1) != 0) {
    const std::string field = KeyName(lua, "where");
    const std::string what = "where." + field;
    if (lua_istable(lua, -1)) {
      for (auto& condition : ConditionsOf(lua, field, what))
        declaration.where.push_back(std::move(condition));
    } else {
      declaration.where.push_back({field, Condition::Op::kEquals, {Operand(lua, what)}, false});
    }
    if (declaration.where.size() > kMaxDeclarations) luaL_error(lua, "where: more than 64 conditions");
    lua_pop(lua, 1);
  }
  std::stable_sort(declaration.where.begin(), declaration.where.end(),
                   [](const auto& a, const auto& b) { return a.field < b.field; });
  return 0;
}

std::string RuleName(lua_State* lua, const char* word) {
  size_t size = 0;
  const char* text = luaL_checklstring(lua, 1, &size);
  if (size == 0 || size > 64) luaL_error(lua, "%s: its name must have 1 to 64 bytes", word);
  return {text, size};
}

// filter("name", function(item, ctx) ... end)
int DeclareFilter(lua_State* lua) {
  Declaration& declaration = Declaring(lua, "filter");
  const std::string name = RuleName(lua, "filter");
  if (!lua_isfunction(lua, 2)) luaL_error(lua, "filter '%s': a function(item, ctx) is needed", name.c_str());
  if (declaration.filters.size() >= kMaxDeclarations) luaL_error(lua, "more than 64 filters");
  lua_pushvalue(lua, 2);
  ScriptState::Of(lua).KeepFilter(luaL_ref(lua, LUA_REGISTRYINDEX));
  declaration.filters.push_back(name);
  return 0;
}

double BoostMax(lua_State* lua, const std::string& what) {
  double max = kDefaultBoostMax;
  luaL_checktype(lua, 2, LUA_TTABLE);
  lua_pushnil(lua);
  while (lua_next(lua, 2) != 0) {
    const std::string key = KeyName(lua, what.c_str());
    if (key != "max") luaL_error(lua, "%s: unknown key '%s'; max is known", what.c_str(), key.c_str());
    max = Number(lua, -1, what + ".max");
    if (max <= 0 || max > 1000) luaL_error(lua, "%s.max: above 0 and at most 1000 is needed", what.c_str());
    lua_pop(lua, 1);
  }
  return max;
}

// boost("name", { max = 2 }, function(item, ctx) ... end); the options may be left out
int DeclareBoost(lua_State* lua) {
  Declaration& declaration = Declaring(lua, "boost");
  const std::string name = RuleName(lua, "boost");
  const std::string what = "boost '" + name + "'";
  const int function = lua_isfunction(lua, 2) ? 2 : 3;
  const double max = function == 3 ? BoostMax(lua, what) : kDefaultBoostMax;
  if (!lua_isfunction(lua, function)) luaL_error(lua, "%s: a function(item, ctx) is needed", what.c_str());
  if (declaration.boosts.size() >= kMaxDeclarations) luaL_error(lua, "more than 64 boosts");
  lua_pushvalue(lua, function);
  ScriptState::Of(lua).KeepBoost(luaL_ref(lua, LUA_REGISTRYINDEX));
  declaration.boosts.emplace_back(name, max);
  return 0;
}

int DeclareCacheSeconds(lua_State* lua) {
  Declaration& declaration = Declaring(lua, "cache_seconds");
  const lua_Integer seconds = luaL_checkinteger(lua, 1);
  if (seconds < 0 || seconds > 86'400) luaL_error(lua, "cache_seconds: 0 to 86400 is needed");
  declaration.cache_seconds = static_cast<int>(seconds);
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
  if (!lua_isfunction(lua, 3)) return luaL_error(lua, "weights must be a function(ctx)");
  if (state.declaring()->has_weights) return luaL_error(lua, "weights is defined twice");
  state.declaring()->has_weights = true;
  lua_pushvalue(lua, 3);
  state.KeepWeights(luaL_ref(lua, LUA_REGISTRYINDEX));
  return 0;
}

void AddWords(lua_State* lua) {
  constexpr luaL_Reg kWords[] = {{"tunable", DeclareTunable}, {"candidates", DeclareCandidates},
                                 {"where", DeclareWhere},     {"filter", DeclareFilter},
                                 {"boost", DeclareBoost},     {"cache_seconds", DeclareCacheSeconds},
                                 {nullptr, nullptr}};
  luaL_setfuncs(lua, kWords, 0);
}

}  // namespace signalbox::scripting
