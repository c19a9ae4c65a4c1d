// One tenant as serving sees it: its state, its signals, and the plans in force.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "ports/metrics.hpp"
#include "scripting/scenario.hpp"
#include "serve/eligibility.hpp"
#include "serve/plan.hpp"
#include "serve/step_timer.hpp"
#include "signals/signal_set.hpp"
#include "state/tenant_state.hpp"

namespace signalbox::serve {

using Scripts = std::map<std::string, std::shared_ptr<const scripting::Scenario>, std::less<>>;

// Told once of a revision whose script fails too often; from then on its scenario is answered by
// native weights in this process. Called on a request's thread: it must return at once.
using OnFailing =
    std::function<void(const std::string& tenant, const std::string& scenario, uint64_t number)>;

// What a tenant is made of. State and signals outlive the Tenant.
struct TenantParts {
  state::TenantState* state = nullptr;
  signals::SignalSet* signals = nullptr;
  // In force from the start, as revision 1. "similar", "popular" and "trending" exist without a
  // script too, and so does the default scenario.
  Scripts scenarios;
  std::string default_scenario = "default";
  PlanDefaults defaults;
  std::string time_zone = "UTC";  // IANA; of schedules and of scripts' time of day
  OnFailing on_failing;           // null = a failing script is tried again on each request
};

// Threads: any. Lifetime: Metrics outlives it.
class Tenant {
 public:
  Tenant(TenantParts parts, ports::Metrics& metrics);
  ~Tenant();
  Tenant(const Tenant&) = delete;
  Tenant& operator=(const Tenant&) = delete;

  const TenantParts& parts() const { return parts_; }
  state::TenantState& state() const { return *parts_.state; }
  signals::SignalSet& signals() const { return *parts_.signals; }

  // What is in force now; "" = the default scenario; nullptr = there is no such one. In safe mode the
  // plan is one without its script.
  std::shared_ptr<const Plan> Find(std::string_view scenario) const;
  std::vector<std::string> scenarios() const;
  // scenario -> revision of every script in force.
  std::map<std::string, std::string> Running() const;

  // A plan that is not in force, and counts nowhere. The vectors that it uses are kept until plans in
  // force change.
  std::shared_ptr<const Plan> MakePlan(PlanSource source);
  // Puts plans in force, all in one step. Requests that run keep the plan they have.
  void PutInForce(std::vector<PlanSource> sources);
  // Takes the script out of force; what exists natively is native again.
  void Retire(std::string_view scenario);
  void SetSafeMode(bool on) { safe_mode_.store(on, std::memory_order_relaxed); }

  // Milliseconds east of UTC.
  int64_t ZoneOffsetMs(int64_t now_ms) const;
  // The column of a signal, or of "history" in a plan that has it; -1 = none.
  int ColumnOf(const Plan& plan, std::string_view name) const;
  std::string_view ColumnName(size_t column) const {
    return column < signal_names_.size() ? std::string_view(signal_names_[column]) : kHistorySource;
  }

  // The plan that fills short lists.
  const Plan& popular() const { return *popular_; }
  EligibilityCache& eligibility() { return eligibility_; }
  const StepMetrics& steps() const { return steps_; }
  const std::vector<std::string>& signal_names() const { return signal_names_; }
  // Counts an error of the plan's script, and logs one a second.
  void CountScriptError(const Plan& plan, std::string_view reason, std::string_view hint);
  // An error that the rest of the request is answered without the script for: too many of these and
  // the revision is failing.
  void ScriptFailed(const Plan& plan, const Error& error, int64_t now_ms);
  // Whether a script is tried at all.
  bool MayRun(const Plan& plan) const {
    return plan.script != nullptr && !(plan.health != nullptr && plan.health->failing());
  }

 private:
  using Plans = std::map<std::string, std::shared_ptr<const Plan>, std::less<>>;
  bool MayLogScriptError();
  void Register(Plan* plan) const;
  Plans Natives() const;
  void Publish(std::unique_ptr<const Plans> plans);

  const TenantParts parts_;
  ports::Metrics& metrics_;
  const PlanMaker maker_;
  std::vector<std::string> signal_names_;
  struct Zone;
  const std::unique_ptr<const Zone> zone_;
  std::atomic<int64_t> script_error_logged_us_{INT64_MIN / 2};
  EligibilityCache eligibility_;
  StepMetrics steps_;
  std::shared_ptr<const Plan> popular_;
  std::atomic<bool> safe_mode_{false};
  std::mutex publishing_;
  std::set<std::string, std::less<>> vectors_;  // that plans and drafts use; guarded by publishing_
  std::atomic<const Plans*> plans_{nullptr};    // read under an epoch pin; replaced under publishing_
};

// Errors: kInvalidArgument with the field "tenants.time_zone" unless it is the IANA name of a time zone.
Result<void> CheckTimeZone(const std::string& name);

// nullptr = no such tenant. Tenants live as long as the service.
using TenantLookup = std::function<Tenant*(std::string_view name)>;

}  // namespace signalbox::serve
