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
  lua_pushvalue(lua, -2);
  AddWords(lua);
  lua_pushvalue(lua, -4);
  lua_setfield(lua, -2, "tune");
  lua_pop(lua, 1);

  const std::string chunk = "@" + self.file_;
  if (luaL_loadbufferx(lua, self.source_->data(), self.source_->size(), chunk.c_str(), "t") != LUA_OK) {
    return lua_error(lua);
  }
  lua_pushvalue(lua, -2);
  lua_setupvalue(lua, -2, 1);  // _ENV
  self.budget_.Watch(lua);
  lua_call(lua, 0, 0);
  return 0;
}

Result<std::unique_ptr<ScriptState>> ScriptState::Load(const std::string& name, const std::string& file,
                                                       const std::string& source, RunLimits limits) {
  if (source.size() > kMaxSourceBytes) {
    return Fail(Code::kInvalidArgument, file + ":1: the script is longer than 64 KB; split it");
  }
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
  state->budget_.Refill(kLoadDeadlineUs);
  state->budget_.Resume();
  lua_checkstack(state->lua_, kStackSlots);
  lua_pushcfunction(state->lua_, Build);
  const auto built = state->Call(0, 0);
  state->declaring_ = nullptr;
  state->source_ = nullptr;
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
  if (message.compare(0, file_.size() + 1, file_ + ":") != 0) message = file_ + ":0: " + message;
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
