// One tenant as serving sees it: its state, its signals, and a plan for each scenario.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ports/metrics.hpp"
#include "scripting/scenario.hpp"
#include "serve/eligibility.hpp"
#include "serve/step_timer.hpp"
#include "signals/signal_set.hpp"
#include "state/tenant_state.hpp"

namespace signalbox::serve {

using Scripts = std::map<std::string, std::shared_ptr<const scripting::Scenario>, std::less<>>;

// What a tenant is made of. State and signals outlive the Tenant.
struct TenantParts {
  state::TenantState* state = nullptr;
  signals::SignalSet* signals = nullptr;
  // By scenario. "similar", "popular" and "trending" exist without a script too.
  Scripts scenarios;
  std::string default_scenario = "default";
  // Weights where a script gives none or fails; empty = every signal the same.
  std::map<std::string, double> default_weights;
  // What answers /popular and /trending and fills short lists; empty = the signals of family
  // "popularity".
  std::vector<std::string> popular_signals;
  // Weights of /similar; empty = 0.6 among family "collaborative", 0.4 among "content".
  std::map<std::string, double> similar_weights;
};

// How one scenario is answered with the tenant's signals; vectors are by signal index.
struct Plan {
  std::string name;
  std::string revision;
  std::shared_ptr<const scripting::Scenario> script;  // null = native
  std::vector<scripting::Condition> where;
  std::vector<uint32_t> quotas;
  std::vector<double> weights;  // where no script gives them
  bool needs_context = false;   // the page's item must be known
  ports::Counter* requests = nullptr;
  ports::Counter* script_errors = nullptr;
  ports::Histogram* latency = nullptr;
};

// Threads: any. Lifetime: Metrics outlives it.
class Tenant {
 public:
  Tenant(TenantParts parts, ports::Metrics& metrics);

  state::TenantState& state() const { return *parts_.state; }
  signals::SignalSet& signals() const { return *parts_.signals; }
  // "" = the default scenario; nullptr = there is no such one.
  const Plan* Find(std::string_view scenario) const;
  std::vector<std::string> scenarios() const;
  // The plan that fills short lists.
  const Plan& popular() const { return popular_; }
  EligibilityCache& eligibility() { return eligibility_; }
  const StepMetrics& steps() const { return steps_; }
  const std::vector<std::string>& signal_names() const { return signal_names_; }
  // True once a second: a script that fails on each request does not fill the log.
  bool MayLogScriptError();

 private:
  Plan PlanOf(const std::string& name, std::shared_ptr<const scripting::Scenario> script) const;
  Plan PopularPlan(const std::string& name) const;
  Plan SimilarPlan() const;
  void Register(Plan* plan, ports::Metrics& metrics) const;

  TenantParts parts_;
  std::vector<std::string> signal_names_;
  std::atomic<int64_t> script_error_logged_us_{INT64_MIN / 2};
  EligibilityCache eligibility_;
  StepMetrics steps_;
  Plan popular_;
  std::map<std::string, Plan, std::less<>> plans_;
};

// nullptr = no such tenant. Tenants live as long as the service.
using TenantLookup = std::function<Tenant*(std::string_view name)>;

}  // namespace signalbox::serve
