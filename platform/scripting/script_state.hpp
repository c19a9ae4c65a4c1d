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
#include "scripting/native_function.hpp"
#include "scripting/scenario.hpp"

struct lua_State;

namespace signalbox::scripting {

// What the proxies `item`, `ctx` and `tune` read while a script runs.
struct View {
  static constexpr int kUnresolved = -2;
  // Fields that are no attributes.
  static constexpr int kScore = -3, kNormalised = -4, kBlend = -5;
  enum class Kind { kField, kSignal };
  // A name as scripts ask for it: texts that are constants of the script keep their address.
  struct Name {
    const char* address;
    Kind kind;
    std::string name;
    int number;  // of the current run's reader
  };

  const Context* context = nullptr;
  const ItemReader* items = nullptr;
  uint32_t row = 0;
  std::string_view id;  // of the row, once it was asked for; data() == nullptr before
  std::vector<Name> names;
  uint64_t random_state = 0;

  // The number of a field or signal, asked for once a run. Requires: items is set.
  int NumberOf(Kind kind, std::string_view name);

  std::string_view Id() {
    if (id.data() == nullptr) id = items->Id(row);
    return id;
  }
};

// Threads: one at a time. A state whose `usable()` is false is thrown away by its owner.
class ScriptState {
 public:
  // Runs the script's top level. Errors: kInvalidArgument with "<file>:<line>: reason".
  // source_of: asked for bases during the call.
  static Result<std::unique_ptr<ScriptState>> Load(const std::string& name, const std::string& file,
                                                   const std::string& source, RunLimits limits,
                                                   const Scenario::SourceOf& source_of);
  ~ScriptState();
  ScriptState(const ScriptState&) = delete;
  ScriptState& operator=(const ScriptState&) = delete;

  const Declaration& declaration() const { return declaration_; }
  bool usable() const { return usable_; }
  // May serve another request: usable, and not grown so large that keeping it would be a waste.
  bool reusable() const;
  // How many filters and boosts run without Lua.
  size_t native_count() const;
  size_t bytes() const { return budget_.bytes(); }

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
  // Notes that the script in hand declares `what`; refuses it the second time in one file. What a
  // base declared may be declared anew.
  void Declare(lua_State* lua, const std::string& what);
  // Runs the top level of the scenario's base first.
  void Extend(lua_State* lua, const std::string& base);
  std::vector<ListRule>& made_rules() { return made_rules_; }
  // Functions by reference in the registry; place: as in the declaration, or one past its end.
  void KeepWeights(int function) { weights_ = function; }
  void KeepFilter(size_t place, int function) { Keep(&filters_, place, function); }
  void KeepBoost(size_t place, int function) { Keep(&boosts_, place, function); }
  void DropFilter(size_t place) { filters_.erase(filters_.begin() + static_cast<std::ptrdiff_t>(place)); }
  void DropBoost(size_t place) { boosts_.erase(boosts_.begin() + static_cast<std::ptrdiff_t>(place)); }
  int tunable_values() const { return tunable_values_; }
  // References in the registry: item.score and item.normalised; the slot for tables of the request.
  int scores(bool normalised) const { return scores_[normalised ? 1 : 0]; }
  int request_tables() const { return request_tables_; }

 private:
  ScriptState(std::string file, RunLimits limits);
  static int Build(lua_State* lua);
  static int SetTunables(lua_State* lua);
  static void Keep(std::vector<int>* functions, size_t place, int function);
  // Compiles and runs a file's top level.
  void RunTop(lua_State* lua, const std::string& file, const std::string& source);
  void Look(const ItemReader& items, uint32_t row);
  void SealFunctions(lua_State* lua);
  std::unique_ptr<NativeFunction> MakeNative(lua_State* lua, int function);
  void MakeAllNative(lua_State* lua);
  void SetNativeTunables(const std::map<std::string, double>& given);
  Result<void> Call(int arguments, int results);
  Error Fault();

  std::string file_;
  Budget budget_;
  View view_;
  Declaration declaration_;
  Declaration* declaring_ = nullptr;
  // While building.
  const std::string* source_ = nullptr;
  const Scenario::SourceOf* source_of_ = nullptr;
  int environment_ = 0;
  std::vector<std::string> chain_;            // the scenario and its bases so far
  std::map<std::string, std::string> files_;  // that messages may begin with; while building, their texts
  size_t current_ = 0;                        // the place in `chain_` whose top level runs
  std::map<std::string, size_t> declared_;    // what, and by whom last
  std::vector<ListRule> made_rules_;
  lua_State* lua_ = nullptr;
  bool usable_ = true;
  bool tuned_ = false;  // a request's own values are in the table
  // References in the registry.
  int weights_ = 0, item_ = 0, context_ = 0, tunable_values_ = 0;
  std::vector<int> filters_, boosts_;
  std::array<int, 2> scores_{};
  int request_tables_ = 0;
  NativeScratch scratch_;
  std::vector<std::unique_ptr<NativeFunction>> native_filters_, native_boosts_;  // null = Lua's
};

}  // namespace signalbox::scripting
