// A scenario: a Lua file compiled once, run per request.
#pragma once

#include <cmath>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "model/recommendation.hpp"
#include "scripting/condition.hpp"
#include "scripting/list_rules.hpp"

namespace signalbox::scripting {

inline constexpr size_t kMaxSourceBytes = 64 << 10;

struct Tunable {
  std::string name;
  double value = 0;
  double min = 0, max = 1;
  std::string help;
  bool in_request = false;  // a request may give its own value
};

// How a signal's raw scores become 0 to 1 before they are weighted.
enum class Normalise {
  kMinMax,  // over the candidates it has an opinion on; a constant column is 0.5
  kMax,     // divided by the largest; negative ones are 0
  kRank,    // (n - rank) / (n - 1), equal scores the same; one candidate is 1
  kNone,    // as they are, cut to [0, 1]
};

struct Declaration {
  std::string name;
  std::vector<Tunable> tunables;                             // in the script's order
  std::vector<std::pair<std::string, uint32_t>> candidates;  // signal -> quota, in name order
  std::vector<Condition> where;                              // all must hold; in field order
  bool has_weights = false;
  std::vector<std::string> filters;                    // names, in the script's order
  std::vector<std::pair<std::string, double>> boosts;  // name, max
  std::map<std::string, Normalise> normalise;          // by signal; those not named: `normalise_others`
  Normalise normalise_others = Normalise::kMinMax;
  std::vector<std::string> missing_share;  // where one of these has no opinion on a candidate, the others
                                           // share its weight for it; else it counts 0
  std::vector<ListRule> rules;
  std::optional<int> cache_seconds;  // absent = not declared
  std::string fallback;              // the scenario that fills what is missing; empty = popular, then newest
  std::string extends;               // whose declarations this one starts from; empty = none
};

// What a script sees of an item.
using FieldValue =
    std::variant<std::monostate, double, std::string_view, bool, std::vector<std::string_view>>;
class ItemReader {
 public:
  virtual ~ItemReader() = default;
  virtual std::string_view Id(uint32_t row) const = 0;
  // The number of a field for Field; -1 = no item has it. Asked once per run and name, when a
  // script first reads it; the answer must hold for the whole run.
  virtual int FieldByName(std::string_view name) const = 0;
  // monostate = absent. Texts live until the next call of Field or the end of the run.
  virtual FieldValue Field(uint32_t row, int field) const = 0;
  // The number of a signal for Score; -1 = the tenant has no such one. As FieldByName.
  virtual int SignalByName(std::string_view) const { return -1; }
  // A signal's score of the row, raw or normalised; NaN = no opinion.
  virtual double Score(uint32_t, int, bool /*normalised*/) const { return NAN; }
  // The weighted sum before boosts.
  virtual double Blend(uint32_t) const { return NAN; }
};

// What a script sees of the request: ctx. Borrowed during the run.
struct Context {
  std::string_view user;  // empty = none
  std::string_view scenario;
  std::string_view item;  // the context item's id; empty = none
  std::string_view last;  // the id of the newest item of the history; empty = none
  int64_t now_ms = 0;
  uint32_t count = 0;
  uint32_t history_length = 0;
  int64_t zone_offset_ms = 0;  // of the tenant's time zone at now_ms, east of UTC
  uint64_t seed = 0;           // of all randomness in the request
  // What came with the request; null = nothing.
  const std::map<std::string, model::ContextValue>* request_values = nullptr;
  const std::map<std::string, model::ContextValue>* user_attributes = nullptr;
  struct HistoryEvent {
    std::string_view item, item_type, event_type;
    int64_t time_ms = 0;
  };
  // 0 = the newest. Requires: i < history_length. Views live as long as the run.
  virtual HistoryEvent History(uint32_t) const { return {}; }
  // ctx.categories: each category of the history's items with how many events were on items of it,
  // in any order. Asked at most once a run.
  virtual std::vector<std::pair<std::string_view, uint32_t>> Categories() const { return {}; }
  // ctx.bought[id], ctx.seen[id], ctx.carted[id]: asked by item id.
  enum class Set { kSeen, kCarted, kBought };
  virtual ~Context() = default;
  virtual bool In(Set set, std::string_view item_id) const = 0;
  // The same for the row in hand, whose id was asked for.
  virtual bool InRow(Set set, const ItemReader& items, uint32_t row) const { return In(set, items.Id(row)); }
};

struct RunLimits {
  uint64_t instructions = 10'000'000;  // for all Lua of one request together
  int64_t deadline_us = 10'000;        // likewise, from the first call to Pause; see Budget
  size_t memory_bytes = 8 << 20;
};

// One request's Lua. After an error every further call fails. Threads: the thread that began it.
class Run {
 public:
  virtual ~Run() = default;
  // (signal, weight) pairs in name order, weights finite and >= 0; signals not named weigh 0.
  // Requires has_weights. Errors: kInvalidArgument "file:line: reason" for a script's fault.
  virtual Result<std::vector<std::pair<std::string, double>>> Weights() = 0;
  // True = keep. A nil or false answer drops.
  virtual Result<bool> Filter(size_t index, const ItemReader& items, uint32_t row) = 0;
  // The factor, 1 for nil; within (0, max].
  virtual Result<double> Boost(size_t index, const ItemReader& items, uint32_t row) = 0;
  // Stops the deadline's clock until the next call: what follows is not the script's time.
  virtual void Pause() = 0;
};

// Threads: any; Lua states are pooled inside, one request has one for itself.
class Scenario {
 public:
  // The Lua text of another scenario, for `extends`.
  using SourceOf = std::function<Result<std::string>(std::string_view name)>;

  // name: the scenario's; file: what messages call the script; source: Lua text, at most 64 KB.
  // source_of: asked while compiling only; what it says is kept. Messages about the script of a
  // base call it "<name>.lua". Without it, `extends` is refused.
  // Errors: kInvalidArgument with "<file>:<line>: reason".
  static Result<std::shared_ptr<const Scenario>> Compile(std::string name, std::string file,
                                                         std::string source, RunLimits limits = {},
                                                         const SourceOf& source_of = {});
  virtual ~Scenario() = default;
  virtual const Declaration& declaration() const = 0;
  // `context` and the scenario outlive the run. tunables: values by name in place of the script's.
  // Errors: kInvalidArgument for a tunable that the script does not declare or a value out of
  //         its range.
  virtual Result<std::unique_ptr<Run>> Begin(const Context& context,
                                             const std::map<std::string, double>& tunables = {}) const = 0;
};

}  // namespace signalbox::scripting
