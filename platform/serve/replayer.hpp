// Computes sampled answers again.
#pragma once

#include <memory>
#include <vector>

#include "ports/served_answers.hpp"
#include "serve/plan_runner.hpp"
#include "serve/scenario_service.hpp"
#include "serve/tenant.hpp"

namespace signalbox::serve {

// The whole pipeline runs again, on a state made of what the answer touched: its items with the
// attributes that were read, the visitor as they were, the signals' answers in their order. Nothing of
// the live state is read but the event types and the configured lists.
//
// Threads: any. Lifetime: shorter than what it is given.
class Replayer final : public ports::Replayer {
 public:
  explicit Replayer(const ScenarioService& scenarios) : scenarios_(scenarios) {}

  Result<ports::ReplayOutcome> Replay(const ports::ServedAnswer& served,
                                      const model::Revision* revision) const override;

 private:
  Result<std::vector<PlanSource>> SourcesOf(const Tenant& tenant, const Tape& tape,
                                            const ports::ServedAnswer& served,
                                            const model::Revision* revision) const;

  const ScenarioService& scenarios_;
  mutable PlanRunner runner_;
};

}  // namespace signalbox::serve
