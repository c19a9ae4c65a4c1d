// The recommender of one process: finds the tenant, waits for the visitor's own writes, runs the
// pipeline.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/clock.hpp"
#include "ports/applier.hpp"
#include "ports/cache.hpp"
#include "ports/metrics.hpp"
#include "ports/recommender.hpp"
#include "ports/served_answers.hpp"
#include "serve/own_writes.hpp"
#include "serve/plan_runner.hpp"
#include "serve/response_cache.hpp"
#include "serve/tenant.hpp"

namespace signalbox::serve {

struct ServiceOptions {
  int wait_ms = kWaitMs;            // for `after`, and for the visitor's own last events
  uint32_t step_sample_every = 32;  // one request in so many has its steps timed; 0 = none
  uint32_t keep_sample_every = 0;   // one answer in so many is kept with its inputs; 0 = none
};

struct ServiceParts {
  TenantLookup tenants;
  const Clock* clock = nullptr;
  ports::Applier* applier = nullptr;            // null = everything is applied at once
  const ports::RecentWrites* recent = nullptr;  // null = requests wait for `after` only
  ports::Cache* cache = nullptr;                // of answers; null = none is kept
  ports::Metrics* metrics = nullptr;            // of the cache; null = it counts nowhere
  ports::ServedAnswers* served = nullptr;       // where sampled answers are kept; null = nowhere
};

// Threads: any; requests share nothing but short locks.
class Service final : public ports::Recommender {
 public:
  explicit Service(ServiceParts parts, ServiceOptions options = {});

  Result<model::RecommendResponse> Recommend(const model::RecommendRequest& request) override;

 private:
  bool KeepsNext();
  Result<model::RecommendResponse> Answer(Tenant& tenant, const Plan& plan,
                                          const model::RecommendRequest& request, bool fresh);

  ServiceParts parts_;
  ServiceOptions options_;
  OwnWrites own_writes_;
  PlanRunner runner_;
  ResponseCache cache_;
  std::atomic<uint32_t> requests_{0}, keepable_{0};
};

}  // namespace signalbox::serve
