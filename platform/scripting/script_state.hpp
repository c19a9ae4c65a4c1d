// One Lua state with one scenario's script loaded into it.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scripting/budget.hpp"
#include "scripting/scenario.hpp"

struct lua_State;

namespace signalbox::scripting {

// What the proxies `item`, `ctx` and `tune` read while a script runs.
struct View {
  static constexpr int kUnresolved = -2;
  // A field name as scripts ask for it: texts that are constants of the script keep their address.
  struct FieldName {
    const char* address;
    std::string name;
    int field;  // of the current run's reader
  };

  const Context* context = nullptr;
  const ItemReader* items = nullptr;
  uint32_t row = 0;
  std::string_view id;  // of the row, once it was asked for; data() == nullptr before
  std::vector<FieldName> fields;

  std::string_view Id() {
    if (id.data() == nullptr) id = items->Id(row);
    return id;
  }
};

// Threads: one at a time. A state whose `usable()` is false is thrown away by its owner.
class ScriptState {
 public:
  // Runs the script's top level. Errors: kInvalidArgument with "<file>:<line>: reason".
  static Result<std::unique_ptr<ScriptState>> Load(const std::string& name, const std::string& file,
                                                   const std::string& source, RunLimits limits);
  ~ScriptState();
  ScriptState(const ScriptState&) = delete;
  ScriptState& operator=(const ScriptState&) = delete;

  const Declaration& declaration() const { return declaration_; }
  bool usable() const { return usable_; }

  // A new request, with values of tunables in place of the script's. `context` outlives it.
  Result<void> Start(const Context& context, const std::map<std::string, double>& tunables);
  // Lets go of the request.
  void Finish();
  void Pause() { budget_.Pause(); }

  Result<std::vector<std::pair<std::string, double>>> Weights();
  Result<bool> Filter(size_t index, const ItemReader& items, uint32_t row);
  Result<double> Boost(size_t index, const ItemReader& items, uint32_t row);

  // For the functions that scripts call.
  static ScriptState& Of(lua_State* lua);
  Budget& budget() { return budget_; }
  View& view() { return view_; }
  // Not null while the top level runs: declarations are made then, and never later.
  Declaration* declaring() { return declaring_; }
  void KeepWeights(int function) { weights_ = function; }
  void KeepFilter(int function) { filters_.push_back(function); }
  void KeepBoost(int function) { boosts_.push_back(function); }
  int tunable_values() const { return tunable_values_; }

 private:
  ScriptState(std::string file, RunLimits limits);
  static int Build(lua_State* lua);
  static int SetTunables(lua_State* lua);
  void Look(const ItemReader& items, uint32_t row);
  Result<void> Call(int arguments, int results);
  Error Fault();

  std::string file_;
  Budget budget_;
  View view_;
  Declaration declaration_;
  Declaration* declaring_ = nullptr;
  const std::string* source_ = nullptr;  // while building
  lua_State* lua_ = nullptr;
  bool usable_ = true;
  bool tuned_ = false;  // a request's own values are in the table
  // References in the registry.
  int weights_ = 0, item_ = 0, context_ = 0, tunable_values_ = 0;
  std::vector<int> filters_, boosts_;
};

}  // namespace signalbox::scripting
