// One request through all steps: gather, score, blend, rules, fallback.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/recommendation.hpp"
#include "serve/blender.hpp"
#include "serve/candidate_set.hpp"
#include "serve/ranker.hpp"
#include "serve/score_matrix.hpp"
#include "serve/script_view.hpp"
#include "serve/step_timer.hpp"
#include "serve/tenant.hpp"
#include "serve/visitor.hpp"

namespace signalbox::serve {

// An item that made it into the answer.
struct Chosen {
  sb_item item = SB_NO_ITEM;
  double score = 0;
  std::string_view reason;              // a signal's name, "popular" or "newest"; lives as long as the tenant
  uint32_t row = CandidateSet::kNoRow;  // in the score matrix; kNoRow = filled up
  std::vector<std::string> effects;
};

// The memory of one request, used again by the next. Threads: one.
struct Scratch {
  Visitor visitor;
  CandidateSet candidates, extra;
  ScoreMatrix matrix, extra_matrix;
  Blend blend, extra_blend;
  Ranker ranker;
  std::vector<RankedRow> ranked;
  CandidateReader reader;
  RequestContext context;
  std::vector<uint32_t> quotas;
  std::vector<double> weights;
  std::vector<uint8_t> failed, extra_failed;
  std::vector<sb_item> excluded;
  std::vector<Chosen> chosen;
};

// Threads: one. Lifetime: shorter than everything it is given; the caller holds an epoch pin.
class Pipeline {
 public:
  Pipeline(Tenant& tenant, const Plan& plan, const model::RecommendRequest& request, int64_t now_ms,
           Scratch& scratch, StepTimer& timer);

  // Leaves the list in scratch.chosen, best first. Errors: kInvalidArgument for a name in
  // request.only_signals that is no signal and for a page's item that is needed and not given,
  // kNotFound for one that is unknown.
  Result<void> Run();
  // The answer, from the list.
  model::RecommendResponse Respond(std::string recommendation_id);

 private:
  Result<void> Prepare();
  Result<void> SelectOnly();
  void Weigh();
  void UseWeights(const std::vector<std::pair<std::string, double>>& weights);
  bool Attempt(uint32_t factor);
  void ScoreAndRank();
  void Choose();
  void FillWithPopular();
  void FillWithNewest();
  void ScriptFailed(const Error& error);
  RankInput InputOf(std::span<const sb_item> items, std::span<const float> scores, size_t count);
  std::string_view ReasonOf(uint32_t row) const;
  void Explain(const Chosen& chosen, model::Recommendation* out) const;

  Tenant& tenant_;
  const Plan& plan_;
  const model::RecommendRequest& request_;
  const int64_t now_ms_;
  Scratch& scratch_;
  StepTimer& timer_;
  std::shared_ptr<const state::CatalogueView> catalogue_;
  std::shared_ptr<const Eligibility> eligible_;
  sb_request asked_{};
  // After asked_, which the session borrows; before rules_, which borrow the context.
  std::unique_ptr<signals::RequestSession> session_;
  std::unique_ptr<scripting::Run> rules_;
};

}  // namespace signalbox::serve
