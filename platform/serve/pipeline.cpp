// The order of the steps, and what happens when one falls short.
#include "serve/pipeline.hpp"

#include <algorithm>

#include "base/nearest.hpp"
#include "serve/gatherer.hpp"
#include "serve/scorer.hpp"

namespace signalbox::serve {
namespace {

constexpr uint32_t kMoreCandidates = 4;  // times the quotas, when the rules left too few
constexpr uint32_t kOnlySignalsQuota = 500;
constexpr uint32_t kMaxQuota = 20'000;

}  // namespace

Pipeline::Pipeline(Tenant& tenant, const Plan& plan, const model::RecommendRequest& request, int64_t now_ms,
                   Scratch& scratch, StepTimer& timer)
    : tenant_(tenant), plan_(plan), request_(request), now_ms_(now_ms), scratch_(scratch), timer_(timer) {}

Result<void> Pipeline::Run() {
  if (const auto prepared = Prepare(); !prepared) return prepared;
  timer_.Mark(Step::kPrepare);
  Weigh();
  timer_.Mark(Step::kWeights);
  if (const bool more = Attempt(1); more && scratch_.ranked.size() < request_.count) Attempt(kMoreCandidates);
  Choose();
  // A signal on its own is judged by what it says itself.
  if (request_.only_signals.empty()) {
    if (scratch_.chosen.size() < request_.count) FillWithPopular();
    if (scratch_.chosen.size() < request_.count) FillWithNewest();
  }
  timer_.Mark(Step::kFallback);
  return {};
}

Result<void> Pipeline::Prepare() {
  const state::TenantState& state = tenant_.state();
  scratch_.chosen.clear();
  scratch_.excluded.clear();
  sb_item context = SB_NO_ITEM;
  if (request_.context) context = state.Find(request_.context->type, request_.context->id);
  if (plan_.needs_context && !request_.context) {
    return Fail(Error(Code::kInvalidArgument, "scenario '" + plan_.name + "' needs the page's item")
                    .WithField("item_id")
                    .WithHint("give item_id"));
  }
  if (plan_.needs_context && context == SB_NO_ITEM) {
    return Fail(Error(Code::kNotFound, "no such item")
                    .WithField("item_id")
                    .WithHint("post the item or an event about it first"));
  }
  if (context != SB_NO_ITEM) scratch_.excluded.push_back(context);
  for (const auto& key : request_.exclude) {
    if (const sb_item item = state.Find(key.type, key.id); item != SB_NO_ITEM)
      scratch_.excluded.push_back(item);
  }
  catalogue_ = state.catalogue().view();
  eligible_ = tenant_.eligibility().Get(plan_.where, request_.category);
  scratch_.visitor.Read(state, request_, now_ms_);
  scratch_.reader.Begin(state, catalogue_, now_ms_);
  asked_.struct_size = sizeof asked_;
  asked_.now_ms = now_ms_;
  asked_.context_item = context;
  asked_.window_days = request_.window_days;
  asked_.eligible = eligible_->words();
  asked_.eligible_bits = eligible_->bits();
  scratch_.visitor.Fill(&asked_);
  session_ = tenant_.signals().Begin(asked_);
  scratch_.quotas = plan_.quotas;
  scratch_.weights = plan_.weights;
  return SelectOnly();
}

// Evaluation: some signals alone, each with weight 1.
Result<void> Pipeline::SelectOnly() {
  if (request_.only_signals.empty()) return {};
  scratch_.weights.assign(scratch_.weights.size(), 0);
  scratch_.quotas.assign(scratch_.quotas.size(), 0);
  for (const auto& name : request_.only_signals) {
    const int index = tenant_.signals().Find(name);
    if (index < 0) {
      return Fail(Error(Code::kInvalidArgument, "no such signal: " + name)
                      .WithField("signals")
                      .WithHint("did you mean '" + Nearest(name, tenant_.signal_names()) + "'?"));
    }
    scratch_.weights[static_cast<size_t>(index)] = 1;
    scratch_.quotas[static_cast<size_t>(index)] =
        std::max(plan_.quotas[static_cast<size_t>(index)], kOnlySignalsQuota);
  }
  return {};
}

void Pipeline::Weigh() {
  if (!tenant_.MayRun(plan_) || !request_.only_signals.empty()) return;
  if (plan_.health != nullptr) plan_.health->Call();
  RequestContext& context = scratch_.context;
  context.user = request_.user;
  context.scenario = plan_.name;
  context.item = request_.context ? std::string_view(request_.context->id) : std::string_view();
  const sb_item last = scratch_.visitor.last();
  context.last = last == SB_NO_ITEM ? std::string_view() : tenant_.state().Name(last).id;
  context.now_ms = now_ms_;
  context.count = request_.count;
  context.history_length = scratch_.visitor.history_length();
  context.tenant = &tenant_.state();
  context.visitor = &scratch_.visitor;
  context.reader = &scratch_.reader;
  auto run = plan_.script->Begin(context, plan_.values);
  if (!run) return ScriptFailed(run.error());
  rules_ = std::move(*run);
  if (!plan_.script->declaration().has_weights) return;
  const auto weights = rules_->Weights();
  if (!weights) return ScriptFailed(weights.error());
  rules_->Pause();
  UseWeights(*weights);
}

// A name that is no signal counts as a script's error and is left out; the rules stay. Where such
// names are all that has weight, the native weights answer.
void Pipeline::UseWeights(const std::vector<std::pair<std::string, double>>& weights) {
  std::fill(scratch_.weights.begin(), scratch_.weights.end(), 0);
  const std::string* unknown = nullptr;
  double known = 0;
  for (const auto& [name, weight] : weights) {
    if (const int index = tenant_.signals().Find(name); index >= 0) {
      scratch_.weights[static_cast<size_t>(index)] = weight;
      known += weight;
    } else {
      unknown = &name;
    }
  }
  if (unknown == nullptr) return;
  if (known == 0) scratch_.weights = plan_.weights;
  const std::string nearest = Nearest(*unknown, tenant_.signal_names());
  tenant_.CountScriptError(plan_,
                           "weights names a signal that is not configured: '" + unknown->substr(0, 64) + "'",
                           nearest.empty() ? "add it under signals" : "did you mean '" + nearest + "'?");
}

// From here on the request is answered by native weights and no rules.
void Pipeline::ScriptFailed(const Error& error) {
  rules_.reset();
  scratch_.weights = plan_.weights;
  tenant_.ScriptFailed(plan_, error, now_ms_);
}

// True when there may be more candidates than these.
bool Pipeline::Attempt(uint32_t factor) {
  size_t expected = scratch_.excluded.size();
  for (uint32_t& quota : scratch_.quotas) {
    quota = std::min(quota * factor, kMaxQuota);
    expected += quota;
  }
  scratch_.candidates.Clear(expected);
  for (const sb_item item : scratch_.excluded) scratch_.candidates.Exclude(item);
  const bool more = Gather(*session_, scratch_.quotas, &scratch_.candidates, &timer_);
  ScoreAndRank();
  return more;
}

void Pipeline::ScoreAndRank() {
  Score(*session_, scratch_.candidates, scratch_.weights, &scratch_.matrix, &scratch_.failed, &timer_);
  BlendScores(scratch_.matrix, scratch_.weights, &scratch_.blend);
  timer_.Mark(Step::kBlend);
  RankInput input = InputOf(scratch_.candidates.items(), scratch_.blend.scores, request_.count);
  const auto ranked = scratch_.ranker.Rank(input, &scratch_.ranked);
  if (rules_ != nullptr) rules_->Pause();
  timer_.Mark(Step::kRules);
  if (ranked) return;
  ScriptFailed(ranked.error());
  ScoreAndRank();
}

RankInput Pipeline::InputOf(std::span<const sb_item> items, std::span<const float> scores, size_t count) {
  scratch_.reader.SetItems(items);
  RankInput input;
  input.items = items;
  input.scores = scores;
  input.count = static_cast<uint32_t>(count);
  input.explain = request_.explain;
  input.index = &tenant_.state();
  input.catalogue = catalogue_.get();
  input.rules = rules_.get();
  input.declaration = rules_ == nullptr ? nullptr : &plan_.script->declaration();
  input.reader = &scratch_.reader;
  return input;
}

void Pipeline::Choose() {
  for (RankedRow& ranked : scratch_.ranked) {
    scratch_.chosen.push_back({scratch_.candidates.items()[ranked.row], ranked.score, ReasonOf(ranked.row),
                               ranked.row, std::move(ranked.effects)});
  }
}

// The signal that contributed most; where none did, the heaviest that had an opinion.
std::string_view Pipeline::ReasonOf(uint32_t row) const {
  std::string_view reason = "popular";
  double most = -1, heaviest = -1;
  for (size_t signal = 0; signal < scratch_.blend.columns.size(); ++signal) {
    const ColumnScale& scale = scratch_.blend.columns[signal];
    const float raw = scale.speaks ? scratch_.matrix.column(signal)[row] : NAN;
    if (!std::isfinite(raw)) continue;
    const double part = scale.weight * scale.Normalise(raw);
    if (part < most || (part == most && scale.weight <= heaviest)) continue;
    most = part;
    heaviest = scale.weight;
    reason = tenant_.signal_names()[signal];
  }
  return reason;
}

// Items that nothing in the scenario scored carry score 0.
void Pipeline::FillWithPopular() {
  CandidateSet& extra = scratch_.extra;
  const Plan& popular = tenant_.popular();
  extra.Clear(scratch_.excluded.size() + request_.count + 512);
  for (const sb_item item : scratch_.excluded) extra.Exclude(item);
  for (const Chosen& chosen : scratch_.chosen) extra.Exclude(chosen.item);
  Gather(*session_, popular.quotas, &extra, &timer_);
  Score(*session_, extra, popular.weights, &scratch_.extra_matrix, &scratch_.extra_failed, &timer_);
  BlendScores(scratch_.extra_matrix, popular.weights, &scratch_.extra_blend);
  RankInput input =
      InputOf(extra.items(), scratch_.extra_blend.scores, request_.count - scratch_.chosen.size());
  input.boost = false;
  if (const auto ranked = scratch_.ranker.Rank(input, &scratch_.ranked); !ranked) {
    ScriptFailed(ranked.error());
    return FillWithPopular();
  }
  for (const RankedRow& ranked : scratch_.ranked) {
    scratch_.chosen.push_back({extra.items()[ranked.row], 0, "popular", CandidateSet::kNoRow, {}});
  }
}

void Pipeline::FillWithNewest() {
  const auto& newest = eligible_->Newest(tenant_.state());
  for (uint32_t i = 0; i < newest.size() && scratch_.chosen.size() < request_.count; ++i) {
    if (scratch_.extra.Has(newest[i])) continue;  // chosen, excluded, or dropped by a filter
    const RankInput input = InputOf(newest, {}, 1);
    auto passes = Ranker::Passes(input, i);
    if (!passes) {
      ScriptFailed(passes.error());
      passes = true;
    }
    if (*passes) scratch_.chosen.push_back({newest[i], 0, "newest", CandidateSet::kNoRow, {}});
  }
}

void Pipeline::Explain(const Chosen& chosen, model::Recommendation* out) const {
  out->rules = chosen.effects;
  if (chosen.row == CandidateSet::kNoRow) return;
  for (size_t signal = 0; signal < scratch_.weights.size(); ++signal) {
    if (scratch_.weights[signal] <= 0) continue;
    const ColumnScale& scale = scratch_.blend.columns[signal];
    const float raw = scratch_.matrix.column(signal)[chosen.row];
    const float normalised = scale.Normalise(raw);
    const auto weight = static_cast<float>(scale.weight);
    out->explanation.push_back(
        {tenant_.signal_names()[signal], raw, normalised, weight, weight * normalised});
  }
}

model::RecommendResponse Pipeline::Respond(std::string recommendation_id) {
  const state::TenantState& state = tenant_.state();
  model::RecommendResponse response;
  response.recommendation_id = std::move(recommendation_id);
  response.scenario = plan_.name;
  response.revision = plan_.revision;
  response.recommendations.resize(scratch_.chosen.size());
  for (size_t i = 0; i < scratch_.chosen.size(); ++i) {
    const Chosen& chosen = scratch_.chosen[i];
    model::Recommendation& out = response.recommendations[i];
    const ports::ItemName name = state.Name(chosen.item);
    out.item.type = name.type;
    out.item.id = name.id;
    out.score = chosen.score;
    out.reason = chosen.reason;
    if (request_.attributes && chosen.item < catalogue_->size()) {
      out.attributes = catalogue_->Document(chosen.item, state.items());
    }
    if (request_.explain) Explain(chosen, &out);
  }
  for (size_t signal = 0; signal < scratch_.failed.size(); ++signal) {
    if (scratch_.failed[signal] != 0) response.degraded.push_back(tenant_.signal_names()[signal]);
  }
  scratch_.reader.End();
  timer_.Mark(Step::kRespond);
  return response;
}

}  // namespace signalbox::serve
