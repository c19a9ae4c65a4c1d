// Runs requests by a plan, with memory that is used again.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/recommendation.hpp"
#include "serve/step_timer.hpp"
#include "serve/tape.hpp"
#include "serve/tenant.hpp"

namespace signalbox::serve {

// Errors: kInvalidArgument naming the field.
Result<void> CheckRequest(const model::RecommendRequest& request);

// Threads: any; requests share nothing but a short lock.
class PlanRunner {
 public:
  PlanRunner();
  ~PlanRunner();

  // steps: null = this request's steps are not timed. tape: gets the request's inputs, unless the script
  // failed (it is left empty then); one that plays gives them. Requires: CheckRequest(request).
  // Errors: as ports::Recommender.
  Result<model::RecommendResponse> Run(Tenant& tenant, const Plan& plan,
                                       const model::RecommendRequest& request, int64_t now_ms,
                                       const StepMetrics* steps, Tape* tape = nullptr);
  // An id for an answer that was not made here.
  std::string NewId();

 private:
  struct Worker;  // what one running request needs: memory and a source of ids
  std::unique_ptr<Worker> Take();
  void Give(std::unique_ptr<Worker> worker);

  std::mutex mutex_;
  std::vector<std::unique_ptr<Worker>> idle_;  // guarded by mutex_
};

}  // namespace signalbox::serve
