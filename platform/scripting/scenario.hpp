// A scenario: a Lua file compiled once, run per request.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"

namespace signalbox::scripting {

struct Tunable {
  std::string name;
  double value = 0;
  double min = 0, max = 1;
  std::string help;
};

// One native condition of `where { field = {...} }`.
struct Condition {
  enum class Op { kEquals, kIn, kAbove, kBelow, kAtLeast, kAtMost };
  std::string field;
  Op op = Op::kEquals;
  std::vector<std::variant<double, std::string, bool>> operands;  // one, but for kIn
  bool or_absent = false;
};

enum class Normalise { kMinMax, kNone };

struct Declaration {
  std::string name;
  std::vector<Tunable> tunables;
  std::vector<std::pair<std::string, uint32_t>> candidates;  // signal -> quota, in name order
  std::vector<Condition> where;                              // all must hold
  bool has_weights = false;
  std::vector<std::string> filters;                          // names, in the script's order
  std::vector<std::pair<std::string, double>> boosts;        // name, max
  std::vector<std::string> item_fields;                      // attributes that filters and boosts may read
  std::vector<std::string> missing_share;                    // signals declared missing = "share"
  int cache_seconds = 0;
};

// What a script sees of an item. Field numbers are indices into Declaration::item_fields.
using FieldValue = std::variant<std::monostate, double, std::string_view, bool, std::vector<std::string_view>>;
class ItemReader {
 public:
  virtual ~ItemReader() = default;
  virtual std::string_view Id(uint32_t row) const = 0;
  virtual FieldValue Field(uint32_t row, size_t field) const = 0;  // "age_days" is one the reader computes
};

// What a script sees of the request: ctx. Borrowed during the run.
struct Context {
  std::string_view user;      // empty = none
  std::string_view scenario;
  std::string_view item;      // the context item's id; empty = none
  int64_t now_ms = 0;
  uint32_t count = 0;
  uint32_t history_length = 0;
  // ctx.bought[id], ctx.seen[id], ctx.carted[id]: asked by item id.
  enum class Set { kSeen, kCarted, kBought };
  virtual ~Context() = default;
  virtual bool In(Set set, std::string_view item_id) const = 0;
};

struct RunLimits {
  uint64_t instructions = 10'000'000;  // for all Lua of one request together
  int64_t deadline_us = 10'000;
  size_t memory_bytes = 8 << 20;
};

// One request's Lua. Threads: the thread that began it.
class Run {
 public:
  virtual ~Run() = default;
  // (signal, weight) pairs in name order; signals not named weigh 0. Requires has_weights.
  // Errors: kInvalidArgument "file:line: reason" for a script's fault.
  virtual Result<std::vector<std::pair<std::string, double>>> Weights() = 0;
  // True = keep. A nil or false answer drops.
  virtual Result<bool> Filter(size_t index, const ItemReader& items, uint32_t row) = 0;
  // The factor, 1 for nil; within (0, max].
  virtual Result<double> Boost(size_t index, const ItemReader& items, uint32_t row) = 0;
};

// Threads: any; runs are pooled per thread inside.
class Scenario {
 public:
  // name: the scenario's; source: Lua text, at most 64 KB. Values of tunables may be overridden.
  // Errors: kInvalidArgument with "<file>:<line>: reason".
  static Result<std::shared_ptr<const Scenario>> Compile(std::string name, std::string file, std::string source,
                                                         RunLimits limits = {});
  virtual ~Scenario() = default;
  virtual const Declaration& declaration() const = 0;
  // `context` outlives the run. tunables: overrides by name (already checked).
  virtual Result<std::unique_ptr<Run>> Begin(const Context& context,
                                             const std::map<std::string, double>& tunables = {}) const = 0;
};

}  // namespace signalbox::scripting
