// How one revision of a scenario is answered with a tenant's signals.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "ports/metrics.hpp"
#include "scripting/scenario.hpp"
#include "serve/blender.hpp"
#include "serve/eligibility.hpp"
#include "serve/script_health.hpp"
#include "signals/signal_set.hpp"

namespace signalbox::serve {

// What a scenario's candidates call the visitor's own recent items, unless a signal has this name: newest
// first, with the score that many, ..., 2, 1.
inline constexpr std::string_view kHistorySource = "history";

// Immutable but for its counters; vectors are by column: the signals, then "history" where it is used. A
// request holds the one it began with.
struct Plan {
  std::string name;
  uint64_t number = 1;                                // the revision's
  std::string revision;                               // "home@17"
  std::shared_ptr<const scripting::Scenario> script;  // null = native
  std::map<std::string, double> values;               // of tunables, in place of the script's
  Where where;
  std::vector<uint32_t> quotas;
  std::vector<double> weights;  // where no script gives them
  bool history = false;         // there is a column of the visitor's own recent items
  BlendRules blend;
  int64_t cache_ms = 0;                    // how long an answer may be kept; 0 = not at all
  uint64_t content = 0;                    // a checksum of what it was made from; 0 = not known
  std::string fallback;                    // the scenario that fills what is missing; empty = none
  std::vector<scripting::ListRule> rules;  // in the order in which they act
  bool needs_context = false;              // the page's item must be known

  // The items' vectors that rules compare.
  std::set<std::string, std::less<>> vectors() const;

  std::shared_ptr<ScriptHealth> health;  // with a script
  // Null for drafts, which count nowhere.
  ports::Counter* requests = nullptr;
  ports::Counter* script_errors = nullptr;
  ports::Histogram* latency = nullptr;

  // The same without its script, for safe mode; null where there is no script.
  std::shared_ptr<const Plan> safe;
};

// What a plan is made from; `rules` are the operators' alone, or with `whole_rules` all of them.
struct PlanSource {
  std::string name;
  uint64_t number = 1;
  std::shared_ptr<const scripting::Scenario> script;
  std::map<std::string, double> values;
  std::vector<scripting::ListRule> rules;  // the operators'
  uint64_t content = 0;                    // a checksum of all this, bases too; 0 = not known
  bool whole_rules = false;
};

// What makes the same plan again. Requires: it has a script.
PlanSource SourceOfPlan(const Plan& plan);

// What the configuration says of all plans of a tenant.
struct PlanDefaults {
  // Weights where a script gives none or fails; empty = every signal the same.
  std::map<std::string, double> weights;
  // What answers /popular and /trending and fills short lists; empty = the signals of family
  // "popularity".
  std::vector<std::string> popular_signals;
  // Weights of /similar; empty = 0.6 among family "collaborative", 0.4 among "content".
  std::map<std::string, double> similar_weights;
};

// Makes plans for a set of signals. Lifetime: shorter than what it is given. Threads: any.
class PlanMaker {
 public:
  PlanMaker(const signals::SignalSet& signals, const PlanDefaults& defaults)
      : signals_(signals), defaults_(defaults) {}

  // A signal in `candidates` that is not configured is left out.
  std::shared_ptr<Plan> FromScript(PlanSource source) const;
  // Every signal by its default weight: what answers when the default scenario has no script.
  std::shared_ptr<Plan> Native(const std::string& name) const;
  std::shared_ptr<Plan> Popular(const std::string& name) const;
  std::shared_ptr<Plan> Similar() const;

 private:
  std::vector<double> DefaultWeights() const;
  void Blending(const scripting::Declaration& declared, Plan* plan) const;
  void Set(std::string_view signal, double weight, std::vector<double>* weights) const;

  const signals::SignalSet& signals_;
  const PlanDefaults& defaults_;
};

}  // namespace signalbox::serve
