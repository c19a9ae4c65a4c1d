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
constexpr size_t kKeptBytes = 4 << 20;
constexpr double kMaxWeight = 1e9;  // sums of products stay finite

int OnPanic(lua_State*) {
  LogError("a script's error was not caught");
  std::abort();
}

}  // namespace

ScriptState& ScriptState::Of(lua_State* lua) { return **static_cast<ScriptState**>(lua_getextraspace(lua)); }
Budget& BudgetOf(lua_State* lua) { return ScriptState::Of(lua).budget(); }

ScriptState::ScriptState(std::string file, RunLimits limits) : file_(std::move(file)), budget_(limits) {}

// Not lua_close: it would give back object by object what the budget's arena gives back at once, and
// there are no finalisers to run.
ScriptState::~ScriptState() = default;

bool ScriptState::reusable() const { return usable_ && budget_.held() <= kKeptBytes; }

int View::NumberOf(Kind kind, std::string_view name) {
  const auto resolve = [&] {
    if (kind == Kind::kSignal) return items->SignalByName(name);
    if (name == "score") return kScore;
    if (name == "normalised") return kNormalised;
    if (name == "blend") return kBlend;
    return items->FieldByName(name);
  };
  for (auto& known : names) {
    // The address alone would not do: a text made at run time may come to lie where another was.
    if (known.address != name.data() || known.kind != kind || known.name != name) continue;
    if (known.number == kUnresolved) known.number = resolve();
    return known.number;
  }
  int number = kUnresolved;
  for (const auto& known : names) {
    if (known.kind == kind && known.name == name) number = known.number;
  }
  if (number == kUnresolved) number = resolve();
  if (names.size() < 64) names.push_back({name.data(), kind, std::string(name), number});
  return number;
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
  for (const bool normalised : {false, true}) {
    PushScores(lua, normalised);
    self.scores_[normalised ? 1 : 0] = luaL_ref(lua, LUA_REGISTRYINDEX);
  }
  lua_pushboolean(lua, 0);
  self.request_tables_ = luaL_ref(lua, LUA_REGISTRYINDEX);

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
  self.SealFunctions(lua);
  self.MakeAllNative(lua);
  if (self.declaration_.fallback == self.declaration_.name) self.declaration_.fallback.clear();  // a base's
  return 0;
}

void ScriptState::RunTop(lua_State* lua, const std::string& file, const std::string& source) {
  files_.emplace(file, source);
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
  for (auto& [called, text] : state->files_) text = {};
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
  const bool placed = std::any_of(files_.begin(), files_.end(), [&](const auto& file) {
    return message.compare(0, file.first.size() + 1, file.first + ":") == 0;
  });
  if (!placed) message = file_ + ":0: " + message;
  if (message.size() > 512) message.resize(512);
  return Error(Code::kInvalidArgument, std::move(message));
}

// Calls what lies below the arguments on the stack.
Result<void> ScriptState::Call(int arguments, int results) {
  budget_.Resume();
  const int status = lua_pcall(lua_, arguments, results, 0);
  if (status == LUA_OK) return {};
  if (status < 0) lua_pushliteral(lua_, "the script took too long; simplify it or do less per item");
  return Fail(Fault());
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
  view_.random_state = context.seed;
  for (auto* functions : {&native_filters_, &native_boosts_}) {
    for (auto& function : *functions) {
      if (function != nullptr) function->ForgetContext();
    }
  }
  if (tunables.empty() && !tuned_) return {};
  SetNativeTunables(tunables);
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
  if (!usable_) return;
  lua_pushboolean(lua_, 0);
  lua_rawseti(lua_, LUA_REGISTRYINDEX, request_tables_);
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
    for (auto& name : view_.names) name.number = View::kUnresolved;
    for (auto* functions : {&native_filters_, &native_boosts_}) {
      for (auto& function : *functions) {
        if (function != nullptr) function->ForgetItems();
      }
    }
  }
  view_.row = row;
  view_.id = {};
}

Result<bool> ScriptState::Filter(size_t index, const ItemReader& items, uint32_t row) {
  Look(items, row);
  NativeValue answer;
  if (auto* native = native_filters_[index].get();
      native != nullptr && native->Run(view_, scratch_, &answer)) {
    return answer.truthy();
  }
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
  NativeValue answer;
  if (auto* native = native_boosts_[index].get();
      native != nullptr && native->Run(view_, scratch_, &answer)) {
    const double max = declaration_.boosts[index].second;
    if (answer.kind == NativeValue::Kind::kNil) return std::min(1.0, max);
    // What is wrong is left to Lua, which says so.
    const double factor = answer.as_number();
    if (answer.numeric() && std::isfinite(factor) && factor > 0) return std::min(factor, max);
  }
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
