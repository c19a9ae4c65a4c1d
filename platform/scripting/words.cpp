// Checks each declaration and writes it down.
#include "scripting/words.hpp"

#include <algorithm>
#include <lua.hpp>

#include "scripting/rule_reader.hpp"
#include "scripting/script_state.hpp"
#include "scripting/word_arguments.hpp"

namespace signalbox::scripting {
namespace {

constexpr size_t kMaxDeclarations = 64;
constexpr double kMaxQuota = 5000;
constexpr size_t kMaxHelp = 500;

using Kind = RuleValue::Kind;

void RefuseWordKey(lua_State* lua, const std::string& what, const std::string& key,
                   const std::vector<std::string>& known) {
  if (key.empty()) luaL_error(lua, "%s: write { name = value }", what.c_str());
  Raise(lua, RefuseKey(what, key, known).value());
}

void ReadTunableOptions(lua_State* lua, const std::string& what, Tunable* tunable) {
  luaL_checktype(lua, 3, LUA_TTABLE);
  const RuleValue options = ReadValue(lua, 3, what);
  for (size_t i = 0; i < options.keys.size(); ++i) {
    const std::string& key = options.keys[i];
    const RuleValue& value = options.values[i];
    const bool limit = key == "min" || key == "max";
    if (limit && value.is(Kind::kNumber)) {
      (key == "min" ? tunable->min : tunable->max) = value.number;
    } else if (limit) {
      luaL_error(lua, "%s.%s: a number is needed", what.c_str(), key.c_str());
    } else if (key == "help") {
      if (!value.is(Kind::kText) || value.text.size() > kMaxHelp) {
        luaL_error(lua, "%s.help: a text of at most 500 bytes is needed", what.c_str());
      }
      tunable->help = value.text;
    } else if (key == "request") {
      if (!value.is(Kind::kFlag)) luaL_error(lua, "%s.request: true or false is needed", what.c_str());
      tunable->in_request = value.flag;
    } else {
      RefuseWordKey(lua, what, key, {"min", "max", "help", "request"});
    }
  }
}

// tunable("name", value, { min =, max =, help =, request = })
int DeclareTunable(lua_State* lua) {
  Declaration& declaration = Declaring(lua, "tunable");
  const std::string name = luaL_checkstring(lua, 1);
  const std::string what = "tunable '" + name + "'";
  if (!IsName(name)) luaL_error(lua, "%s is not a name (letters, digits, _ and -)", what.c_str());
  Tunable tunable{name, CheckNumber(lua, 2, what), 0, 1, {}, false};
  if (!lua_isnoneornil(lua, 3)) ReadTunableOptions(lua, what, &tunable);
  if (tunable.min > tunable.max) luaL_error(lua, "%s: min is above max", what.c_str());
  if (tunable.value < tunable.min || tunable.value > tunable.max) {
    luaL_error(lua, "%s: its value is outside of min and max (0 and 1 unless given)", what.c_str());
  }
  ScriptState::Of(lua).Declare(lua, what);
  auto& tunables = declaration.tunables;
  const auto same = std::find_if(tunables.begin(), tunables.end(),
                                 [&](const Tunable& other) { return other.name == name; });
  if (same == tunables.end() && tunables.size() >= kMaxDeclarations) luaL_error(lua, "more than 64 tunables");
  lua_rawgeti(lua, LUA_REGISTRYINDEX, ScriptState::Of(lua).tunable_values());
  lua_pushlstring(lua, name.data(), name.size());
  lua_pushnumber(lua, tunable.value);
  lua_rawset(lua, -3);
  if (same != tunables.end()) {
    *same = std::move(tunable);
  } else {
    tunables.push_back(std::move(tunable));
  }
  return 0;
}

// candidates { signal = quota }
int DeclareCandidates(lua_State* lua) {
  Declaration& declaration = Declaring(lua, "candidates");
  luaL_checktype(lua, 1, LUA_TTABLE);
  ScriptState::Of(lua).Declare(lua, "candidates");
  const RuleValue table = ReadValue(lua, 1, "candidates");
  if (table.keys.size() > kMaxDeclarations) luaL_error(lua, "candidates: more than 64 signals");
  declaration.candidates.clear();
  for (size_t i = 0; i < table.keys.size(); ++i) {
    const RuleValue& quota = table.values[i];
    if (table.keys[i].empty()) luaL_error(lua, "candidates: write { signal = quota }");
    if (!IsName(table.keys[i])) luaL_error(lua, "candidates: '%s' is not a name", table.keys[i].c_str());
    const auto whole = static_cast<uint32_t>(std::clamp(quota.number, 0.0, kMaxQuota));
    if (!quota.is(Kind::kNumber) || whole != quota.number) {
      luaL_error(lua, "candidates.%s: a whole number from 0 to 5000 is needed", table.keys[i].c_str());
    }
    declaration.candidates.emplace_back(table.keys[i], whole);
  }
  return 0;
}

// where { field = value | { values } | { above = ... } }
int DeclareWhere(lua_State* lua) {
  Declaration& declaration = Declaring(lua, "where");
  luaL_checktype(lua, 1, LUA_TTABLE);
  ScriptState::Of(lua).Declare(lua, "where");
  auto conditions = ReadWhere(ReadValue(lua, 1, "where"), "where");
  if (!conditions) Raise(lua, conditions.error());
  declaration.where = *std::move(conditions);
  return 0;
}

Normalise CheckNormalise(lua_State* lua, const std::string& what, const RuleValue& value) {
  if (value.text == "minmax") return Normalise::kMinMax;
  if (value.text == "max") return Normalise::kMax;
  if (value.text == "rank") return Normalise::kRank;
  if (value.text == "none") return Normalise::kNone;
  luaL_error(lua, "%s: \"minmax\", \"max\", \"rank\" or \"none\" is needed", what.c_str());
  return {};
}

// normalise "rank", or normalise { "rank", session = "max" }: those not named as the first says
int DeclareNormalise(lua_State* lua) {
  Declaration& declaration = Declaring(lua, "normalise");
  ScriptState::Of(lua).Declare(lua, "normalise");
  declaration.normalise.clear();
  declaration.normalise_others = Normalise::kMinMax;
  const RuleValue value = ReadValue(lua, 1, "normalise");
  if (!value.is(Kind::kTable)) {
    declaration.normalise_others = CheckNormalise(lua, "normalise", value);
    return 0;
  }
  for (size_t i = 0; i < value.keys.size(); ++i) {
    const std::string& signal = value.keys[i];
    if (signal.empty() && i > 0)
      luaL_error(lua, "normalise: one word for all others, then { signal = word }");
    const std::string what = signal.empty() ? "normalise" : "normalise." + signal;
    const Normalise how = CheckNormalise(lua, what, value.values[i]);
    if (signal.empty()) {
      declaration.normalise_others = how;
    } else {
      declaration.normalise[signal] = how;
    }
  }
  return 0;
}

// missing { signal = "share" | "zero" }
int DeclareMissing(lua_State* lua) {
  Declaration& declaration = Declaring(lua, "missing");
  luaL_checktype(lua, 1, LUA_TTABLE);
  ScriptState::Of(lua).Declare(lua, "missing");
  declaration.missing_share.clear();
  const RuleValue table = ReadValue(lua, 1, "missing");
  for (size_t i = 0; i < table.keys.size(); ++i) {
    const std::string& word = table.values[i].text;
    if (table.keys[i].empty() || (word != "share" && word != "zero")) {
      luaL_error(lua, "missing: write { signal = \"share\" } or \"zero\"");
    }
    if (word == "share") declaration.missing_share.push_back(table.keys[i]);
  }
  return 0;
}

int DeclareCacheSeconds(lua_State* lua) {
  Declaration& declaration = Declaring(lua, "cache_seconds");
  const lua_Integer seconds = luaL_checkinteger(lua, 1);
  if (seconds < 0 || seconds > 86'400) luaL_error(lua, "cache_seconds: 0 to 86400 is needed");
  ScriptState::Of(lua).Declare(lua, "cache_seconds");
  declaration.cache_seconds = static_cast<int>(seconds);
  return 0;
}

// fallback "popular"
int DeclareFallback(lua_State* lua) {
  Declaration& declaration = Declaring(lua, "fallback");
  const std::string name = CheckName(lua, 1, "fallback");
  if (name == declaration.name) luaL_error(lua, "fallback: a scenario cannot be its own");
  ScriptState::Of(lua).Declare(lua, "fallback");
  declaration.fallback = name;
  return 0;
}

// extends "default"
int DeclareExtends(lua_State* lua) {
  Declaring(lua, "extends");
  const std::string name = CheckName(lua, 1, "extends");
  ScriptState::Of(lua).Extend(lua, name);
  return 0;
}

}  // namespace

void AddWords(lua_State* lua) {
  constexpr luaL_Reg kWords[] = {{"tunable", DeclareTunable},
                                 {"candidates", DeclareCandidates},
                                 {"where", DeclareWhere},
                                 {"normalise", DeclareNormalise},
                                 {"missing", DeclareMissing},
                                 {"cache_seconds", DeclareCacheSeconds},
                                 {"fallback", DeclareFallback},
                                 {"extends", DeclareExtends},
                                 {nullptr, nullptr}};
  luaL_setfuncs(lua, kWords, 0);
}

}  // namespace signalbox::scripting
