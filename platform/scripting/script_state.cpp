// Loading a script and calling its functions.
#include "scripting/script_state.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <lua.hpp>

#include "base/log.hpp"
#include "scripting/proxies.hpp"
#include "scripting/sandbox.hpp"
#include "scripting/words.hpp"

namespace signalbox::scripting {
namespace {

constexpr int64_t kLoadDeadlineUs = 100'000;
constexpr int kStackSlots = 32;
constexpr size_t kMaxBases = 4;
constexpr double kMaxWeight = 1e9;  // sums of products stay finite

int OnPanic(lua_State*) {
  LogError("a script's error was not caught");
  std::abort();
}

}  // namespace

ScriptState& ScriptState::Of(lua_State* lua) { return **static_cast<ScriptState**>(lua_getextraspace(lua)); }
Budget& BudgetOf(lua_State* lua) { return ScriptState::Of(lua).budget(); }

ScriptState::ScriptState(std::string file, RunLimits limits) : file_(std::move(file)), budget_(limits) {}

ScriptState::~ScriptState() {
  if (lua_ != nullptr) lua_close(lua_);
}

// Everything that may raise an error on a new state; runs protected.
int ScriptState::Build(lua_State* lua) {
  ScriptState& self = Of(lua);
  lua_newtable(lua);
  lua_pushvalue(lua, -1);
  self.tunable_values_ = luaL_ref(lua, LUA_REGISTRYINDEX);
  MakeTune(lua);
  PushItem(lua);
  self.item_ = luaL_ref(lua, LUA_REGISTRYINDEX);
  PushContext(lua);
  self.context_ = luaL_ref(lua, LUA_REGISTRYINDEX);

  PushSandbox(lua, AssignGlobal);  // tune, names, environment
  self.environment_ = luaL_ref(lua, LUA_REGISTRYINDEX);
  AddWords(lua);
  AddFunctionWords(lua);
  AddRuleWords(lua);
  lua_pushvalue(lua, -2);
  lua_setfield(lua, -2, "tune");
  lua_settop(lua, 0);

  self.budget_.Watch(lua);
  self.chain_.push_back(self.declaration_.name);
  self.RunTop(lua, self.file_, *self.source_);
  if (self.declaration_.fallback == self.declaration_.name) self.declaration_.fallback.clear();  // a base's
  return 0;
}

void ScriptState::RunTop(lua_State* lua, const std::string& file, const std::string& source) {
  files_.push_back(file);
  if (source.size() > kMaxSourceBytes) {
    luaL_error(lua, "%s:1: the script is longer than 64 KB; split it", file.c_str());
  }
  const std::string chunk = "@" + file;
  if (luaL_loadbufferx(lua, source.data(), source.size(), chunk.c_str(), "t") != LUA_OK) lua_error(lua);
  lua_rawgeti(lua, LUA_REGISTRYINDEX, environment_);
  lua_setupvalue(lua, -2, 1);  // _ENV
  lua_call(lua, 0, 0);
}

void ScriptState::Declare(lua_State* lua, const std::string& what) {
  const auto [known, added] = declared_.try_emplace(what, current_);
  if (!added && known->second == current_) luaL_error(lua, "%s is declared twice", what.c_str());
  known->second = current_;
}

void ScriptState::Extend(lua_State* lua, const std::string& base) {
  for (const auto& [what, by] : declared_) {
    if (by == current_) luaL_error(lua, "extends must come before everything else, and once");
  }
  if (std::find(chain_.begin(), chain_.end(), base) != chain_.end()) {
    luaL_error(lua, "extends: %s is extended by itself", base.c_str());
  }
  if (chain_.size() > kMaxBases) luaL_error(lua, "extends: more than 4 scenarios in a row");
  if (!*source_of_) luaL_error(lua, "extends: no other scenario can be read here");
  budget_.Pause();
  const auto source = (*source_of_)(base);
  budget_.Resume();
  if (!source) luaL_error(lua, "extends: %s: %s", base.c_str(), source.error().message().c_str());
  const size_t extending = current_;
  chain_.push_back(base);
  current_ = chain_.size() - 1;
  RunTop(lua, base + ".lua", *source);
  current_ = extending;
  declared_["extends"] = extending;
  declaration_.extends = base;
}

void ScriptState::Keep(std::vector<int>* functions, size_t place, int function) {
  if (place == functions->size()) functions->push_back(0);
  (*functions)[place] = function;
}

Result<std::unique_ptr<ScriptState>> ScriptState::Load(const std::string& name, const std::string& file,
                                                       const std::string& source, RunLimits limits,
                                                       const Scenario::SourceOf& source_of) {
  std::unique_ptr<ScriptState> state(new ScriptState(file, limits));
  state->lua_ = lua_newstate(&Budget::Allocate, &state->budget_);
  if (state->lua_ == nullptr) {
    return Fail(Code::kResourceExhausted, file + ":1: no memory for a Lua state; raise the memory limit");
  }
  *static_cast<ScriptState**>(lua_getextraspace(state->lua_)) = state.get();
  lua_atpanic(state->lua_, OnPanic);
  state->declaration_.name = name;
  state->declaring_ = &state->declaration_;
  state->source_ = &source;
  state->source_of_ = &source_of;
  state->budget_.Refill(kLoadDeadlineUs);
  state->budget_.Resume();
  lua_checkstack(state->lua_, kStackSlots);
  lua_pushcfunction(state->lua_, Build);
  const auto built = state->Call(0, 0);
  state->declaring_ = nullptr;
  state->source_ = nullptr;
  state->source_of_ = nullptr;
  state->declared_.clear();
  state->made_rules_ = {};
  if (!built) return Fail(built.error());
  return state;
}

Error ScriptState::Fault() {
  usable_ = false;
  std::string message = "an error that is a " + std::string(luaL_typename(lua_, -1)) + ", not a text";
  if (lua_type(lua_, -1) == LUA_TSTRING) message.assign(lua_tostring(lua_, -1), lua_rawlen(lua_, -1));
  if (budget_.spent())
    message.append(message.find("too long") == message.npos ? " (the script took too long)" : "");
  lua_settop(lua_, 0);
  if (message.size() > 512) message.resize(512);
  const bool placed = std::any_of(files_.begin(), files_.end(), [&](const std::string& file) {
    return message.compare(0, file.size() + 1, file + ":") == 0;
  });
  if (!placed) message = file_ + ":0: " + message;
  return Error(Code::kInvalidArgument, std::move(message));
}

// Calls what lies below the arguments on the stack.
Result<void> ScriptState::Call(int arguments, int results) {
  budget_.Resume();
  if (lua_pcall(lua_, arguments, results, 0) != LUA_OK) return Fail(Fault());
  return {};
}

// Writes the pairs given as light userdata into the table of tunables' values; runs protected.
int ScriptState::SetTunables(lua_State* lua) {
  const ScriptState& self = Of(lua);
  const auto& values = *static_cast<const std::map<std::string, double>*>(lua_touserdata(lua, 1));
  lua_rawgeti(lua, LUA_REGISTRYINDEX, self.tunable_values_);
  for (const auto& [name, value] : values) {
    lua_pushlstring(lua, name.data(), name.size());
    lua_pushnumber(lua, value);
    lua_rawset(lua, -3);
  }
  return 0;
}

Result<void> ScriptState::Start(const Context& context, const std::map<std::string, double>& tunables) {
  budget_.Refill(budget_.deadline_us());
  view_.context = &context;
  view_.items = nullptr;
  if (tunables.empty() && !tuned_) return {};
  std::map<std::string, double> values;
  for (const auto& tunable : declaration_.tunables) values[tunable.name] = tunable.value;
  for (const auto& [name, value] : tunables) values[name] = value;
  tuned_ = !tunables.empty();
  lua_pushcfunction(lua_, SetTunables);
  lua_pushlightuserdata(lua_, &values);
  return Call(1, 0);
}

void ScriptState::Finish() {
  view_.context = nullptr;
  view_.items = nullptr;
}

Result<std::vector<std::pair<std::string, double>>> ScriptState::Weights() {
  lua_rawgeti(lua_, LUA_REGISTRYINDEX, weights_);
  lua_rawgeti(lua_, LUA_REGISTRYINDEX, context_);
  if (const auto called = Call(1, 1); !called) return Fail(called.error());
  const auto fault = [&](const std::string& reason) {
    usable_ = false;
    lua_settop(lua_, 0);
    return Fail(Code::kInvalidArgument, file_ + ":0: weights: " + reason);
  };
  if (!lua_istable(lua_, -1)) return fault("it must return a table { signal = weight }");
  std::vector<std::pair<std::string, double>> weights;
  weights.reserve(8);
  lua_pushnil(lua_);
  while (lua_next(lua_, -2) != 0) {
    if (lua_type(lua_, -2) != LUA_TSTRING) return fault("it must return a table { signal = weight }");
    std::string signal(lua_tostring(lua_, -2), lua_rawlen(lua_, -2));
    const double weight = lua_tonumber(lua_, -1);
    if (lua_type(lua_, -1) != LUA_TNUMBER || !std::isfinite(weight) || weight < 0) {
      return fault("the weight of '" + signal + "' must be a number of at least 0");
    }
    if (weight > kMaxWeight) return fault("the weight of '" + signal + "' is above 1e9; make all smaller");
    if (weights.size() >= 256) return fault("more than 256 signals");
    weights.emplace_back(std::move(signal), weight);
    lua_pop(lua_, 1);
  }
  lua_settop(lua_, 0);
  std::sort(weights.begin(), weights.end());
  return weights;
}

void ScriptState::Look(const ItemReader& items, uint32_t row) {
  if (view_.items != &items) {
    view_.items = &items;
    for (auto& field : view_.fields) field.field = View::kUnresolved;
  }
  view_.row = row;
  view_.id = {};
}

Result<bool> ScriptState::Filter(size_t index, const ItemReader& items, uint32_t row) {
  Look(items, row);
  lua_rawgeti(lua_, LUA_REGISTRYINDEX, filters_[index]);
  lua_rawgeti(lua_, LUA_REGISTRYINDEX, item_);
  lua_rawgeti(lua_, LUA_REGISTRYINDEX, context_);
  if (const auto called = Call(2, 1); !called) return Fail(called.error());
  const bool keep = lua_toboolean(lua_, -1) != 0;
  lua_settop(lua_, 0);
  return keep;
}

Result<double> ScriptState::Boost(size_t index, const ItemReader& items, uint32_t row) {
  Look(items, row);
  lua_rawgeti(lua_, LUA_REGISTRYINDEX, boosts_[index]);
  lua_rawgeti(lua_, LUA_REGISTRYINDEX, item_);
  lua_rawgeti(lua_, LUA_REGISTRYINDEX, context_);
  if (const auto called = Call(2, 1); !called) return Fail(called.error());
  const auto& [name, max] = declaration_.boosts[index];
  double factor = 1;
  if (!lua_isnil(lua_, -1)) {
    factor = lua_tonumber(lua_, -1);
    if (lua_type(lua_, -1) != LUA_TNUMBER || !std::isfinite(factor) || factor <= 0) {
      usable_ = false;
      lua_settop(lua_, 0);
      return Fail(Code::kInvalidArgument,
                  file_ + ":0: boost '" + name + "' must return nil or a number above 0 and at most its max");
    }
  }
  lua_settop(lua_, 0);
  return std::min(factor, max);
}

}  // namespace signalbox::scripting
