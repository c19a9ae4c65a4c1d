// A request's run of its scenario's script: what it sees, its weights, and what happens when it fails.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "model/recommendation.hpp"
#include "scripting/scenario.hpp"
#include "serve/request_facts.hpp"
#include "serve/script_view.hpp"
#include "serve/tenant.hpp"

namespace signalbox::serve {

// Threads: one. Lifetime: shorter than everything it is given.
class ScriptRun {
 public:
  ScriptRun(Tenant& tenant, const Plan& plan, const model::RecommendRequest& request,
            const RequestFacts& facts, CandidateReader& reader, RequestContext& context)
      : tenant_(tenant), plan_(plan), request_(request), facts_(facts), reader_(reader), context_(context) {}

  // Begins, and sets the columns' weights where the script gives some. No-op without a script, and while
  // its revision is failing. Errors: kInvalidArgument for a tunable that the request may not set.
  Result<void> Weigh(std::vector<double>* weights);
  // From here on the request is answered by native weights and no script.
  void Failed(const Error& error, std::vector<double>* weights);
  void Pause() {
    if (run_ != nullptr) run_->Pause();
  }

  scripting::Run* run() const { return run_.get(); }  // null = none, or it failed
  const scripting::Declaration* declaration() const {
    return run_ == nullptr ? nullptr : &plan_.script->declaration();
  }
  const std::vector<std::string>& errors() const { return errors_; }

 private:
  Result<void> CheckTunables() const;
  void FillContext();
  void UseWeights(const std::vector<std::pair<std::string, double>>& given, std::vector<double>* weights);

  Tenant& tenant_;
  const Plan& plan_;
  const model::RecommendRequest& request_;
  const RequestFacts& facts_;
  CandidateReader& reader_;
  RequestContext& context_;
  std::unique_ptr<scripting::Run> run_;
  std::vector<std::string> errors_;
};

}  // namespace signalbox::serve
