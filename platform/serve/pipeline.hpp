// One request through all steps: gather, score, blend, rules, fallback.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/recommendation.hpp"
#include "serve/blender.hpp"
#include "serve/candidate_set.hpp"
#include "serve/ranker.hpp"
#include "serve/request_facts.hpp"
#include "serve/rules/list_maker.hpp"
#include "serve/score_matrix.hpp"
#include "serve/script_run.hpp"
#include "serve/script_view.hpp"
#include "serve/step_timer.hpp"
#include "serve/tenant.hpp"

namespace signalbox::serve {

// The memory of one request, used again by the next. Threads: one.
struct Scratch {
  RequestFacts facts;
  CandidateSet candidates, extra;
  ScoreMatrix matrix, extra_matrix;
  Blend blend, extra_blend;
  Ranker ranker;
  std::vector<RankedRow> ranked;
  CandidateReader reader;
  RequestContext context;
  ListMaker list_maker;
  std::vector<uint32_t> quotas;
  std::vector<double> weights;
  std::vector<uint8_t> failed, extra_failed;
  std::vector<ListEntry> pool;    // what list rules choose from, best first
  std::vector<ListEntry> chosen;  // the list
  // With trace.
  std::vector<RowTrace> rows;
  std::vector<RuleMark> marks;
  std::unique_ptr<Scratch> fallback;  // of the scenario that fills this one
};

// Threads: one. Lifetime: shorter than everything it is given; the caller holds an epoch pin.
class Pipeline {
 public:
  Pipeline(Tenant& tenant, const Plan& plan, const model::RecommendRequest& request, int64_t now_ms,
           Scratch& scratch, StepTimer& timer, Tape* tape = nullptr);

  // Leaves the list in scratch.chosen, best first. Errors: kInvalidArgument for what the request may not
  // ask (only_signals, tunables, filter) and for a page's item that is needed and not given,
  // kNotFound for one that is unknown.
  Result<void> Run();
  // Whether the script was tried and failed. After Run.
  bool script_failed() const { return !script_->errors().empty(); }
  // The answer, from the list.
  model::RecommendResponse Respond(std::string recommendation_id);

 private:
  friend class Filler;
  friend class Tracer;
  // What fills another scenario's list: its own fallback, but no popular or newest items.
  Result<void> RunAsFallback(const Pipeline& outer, int depth);
  Result<void> Prepare();
  Result<void> SelectOnly();
  RuleContext ListContext();
  std::unique_ptr<signals::RequestSession> BeginSession();
  void GatherAndScore(uint32_t factor);
  void ScoreCandidates();
  void RankPool(uint32_t depth, bool deeper);
  bool MakeList();
  void FinishList();
  void ScriptFailed(const Error& error);
  RankInput InputOf(std::span<const sb_item> items, std::span<const float> scores, size_t count);
  std::string_view ReasonOf(uint32_t row) const;
  std::vector<model::SignalContribution> ContributionsOf(uint32_t row) const;

  Tenant& tenant_;
  const Plan& plan_;
  const model::RecommendRequest& request_;
  const int64_t now_ms_;
  Scratch& scratch_;
  StepTimer& timer_;
  Tape* const tape_;  // null = nobody keeps this request's inputs
  // After the facts, which the session borrows; before the script's run, which borrows the context.
  std::unique_ptr<signals::RequestSession> session_;
  std::optional<ScriptRun> script_;
  std::shared_ptr<const Plan> fallback_;  // in force when it was needed
  bool more_ = false;                     // signals may have more candidates
  bool all_ = true;                       // the pool holds every candidate that passed
};

}  // namespace signalbox::serve
