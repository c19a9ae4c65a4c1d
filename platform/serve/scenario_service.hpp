// The scenarios in force in this process: compiles revisions, puts them in force, tries drafts.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "ports/scenario_runtime.hpp"
#include "serve/plan_runner.hpp"
#include "serve/tenant.hpp"

namespace signalbox::serve {

struct ScenarioServiceParts {
  std::vector<Tenant*> tenants;
  const Clock* clock = nullptr;
  scripting::RunLimits limits;  // of each run of a script
};

// Threads: any; publishes take turns, requests never wait for them. Lifetime: shorter than what it
// is given; drafts are shorter still.
class ScenarioService final : public ports::ScenarioRuntime {
 public:
  explicit ScenarioService(ScenarioServiceParts parts);

  Result<ports::ScenarioFacts> Check(const model::ObjectName& scenario,
                                     const model::RevisionContent& content) const override;
  // Signals in `candidates` that are not configured any more are left out, with a warning in the log:
  // a revision that was good stays better than none.
  Result<void> PutInForce(const model::Revision& revision) override;
  Result<void> Retire(const model::ObjectName& scenario) override;
  void SetSafeMode(bool on) override;
  Result<std::unique_ptr<ports::Recommender>> Draft(const model::Revision& revision) const override;
  std::map<std::string, std::string> Running(std::string_view tenant) const override;
  // For answers that are computed again. Errors: as Check.
  Result<PlanSource> SourceOf(const model::Revision& revision) const;
  Result<Tenant*> TenantNamed(const std::string& name) const;

 private:
  struct Known {
    std::shared_ptr<const model::Revision> revision;
    std::string extends;  // empty = no other scenario
  };
  using Revisions = std::map<std::string, Known, std::less<>>;
  Result<Tenant*> Find(const model::ObjectName& scenario) const;
  Result<PlanSource> Compile(const Revisions& bases, const model::ObjectName& scenario, uint64_t number,
                             const model::RevisionContent& content) const;
  Result<void> CompileExtensions(const Revisions& revisions, std::vector<PlanSource>* sources) const;
  Revisions InForce(std::string_view tenant) const;

  const ScenarioServiceParts parts_;
  mutable PlanRunner drafts_;
  mutable std::mutex mutex_;
  std::map<std::string, Revisions, std::less<>> in_force_;  // by tenant; guarded by mutex_
};

}  // namespace signalbox::serve
