// The order of the steps, and what happens when one falls short.
#include "serve/pipeline.hpp"

#include <algorithm>

#include "base/nearest.hpp"
#include "serve/filler.hpp"
#include "serve/gatherer.hpp"
#include "serve/scorer.hpp"

namespace signalbox::serve {
namespace {

constexpr uint32_t kMoreCandidates = 4;  // times the quotas, when the rules left too few
constexpr uint32_t kDeeper = 4;          // times the pool, when list rules left too few
constexpr uint32_t kOnlySignalsQuota = 500;
constexpr uint32_t kMaxQuota = 20'000;

}  // namespace

Pipeline::Pipeline(Tenant& tenant, const Plan& plan, const model::RecommendRequest& request, int64_t now_ms,
                   Scratch& scratch, StepTimer& timer, Tape* tape)
    : tenant_(tenant),
      plan_(plan),
      request_(request),
      now_ms_(now_ms),
      scratch_(scratch),
      timer_(timer),
      tape_(tape) {}

std::unique_ptr<signals::RequestSession> Pipeline::BeginSession() {
  auto session = tenant_.signals().Begin(scratch_.facts.asked);
  if (tape_ == nullptr || tape_->playing) return session;
  return Taped(std::move(session), tape_);
}

Result<void> Pipeline::Run() {
  if (const auto prepared = Prepare(); !prepared) return prepared;
  timer_.Mark(Step::kPrepare);
  if (const auto weighed = script_->Weigh(&scratch_.weights); !weighed) return weighed;
  timer_.Mark(Step::kWeights);
  GatherAndScore(1);
  bool full = MakeList();
  if (!full && more_) {
    // Signals that look for what passes the request's filter find it among all items.
    const bool narrowed = scratch_.facts.NarrowEligible(tenant_);
    if (narrowed) session_ = BeginSession();
    GatherAndScore(narrowed ? 1 : kMoreCandidates);
    full = MakeList();
  }
  // A signal on its own is judged by what it says itself.
  if (!full && request_.only_signals.empty()) {
    Filler(*this).Fill();
    scratch_.list_maker.Make(scratch_.pool, &scratch_.chosen);
  }
  FinishList();
  timer_.Mark(Step::kFallback);
  return {};
}

Result<void> Pipeline::RunAsFallback(const Pipeline& outer, int depth) {
  if (const auto prepared = Prepare(); !prepared) return prepared;
  auto& excluded = scratch_.facts.excluded;
  const auto& outside = outer.scratch_.facts.excluded;
  excluded.insert(excluded.end(), outside.begin(), outside.end());
  for (const ListEntry& entry : outer.scratch_.pool) excluded.push_back(entry.item);
  if (const auto weighed = script_->Weigh(&scratch_.weights); !weighed) return weighed;
  GatherAndScore(1);
  if (!MakeList()) {
    Filler(*this).FillFromFallback(depth + 1);
    scratch_.list_maker.Make(scratch_.pool, &scratch_.chosen);
  }
  FinishList();
  return {};
}

Result<void> Pipeline::Prepare() {
  scratch_.pool.clear();
  scratch_.chosen.clear();
  scratch_.marks.clear();
  if (const auto read = scratch_.facts.Read(tenant_, plan_, request_, now_ms_, tape_); !read) return read;
  scratch_.reader.Begin(tenant_.state(), scratch_.facts.catalogue, now_ms_);
  scratch_.reader.NoteFields(tape_ == nullptr ? nullptr : &tape_->attributes);
  scratch_.reader.SetColumns(tenant_.signal_names(), plan_.history);
  session_ = BeginSession();
  script_.emplace(tenant_, plan_, request_, scratch_.facts, scratch_.reader, scratch_.context);
  scratch_.quotas = plan_.quotas;
  scratch_.weights = plan_.weights;
  if (request_.only_signals.empty()) {
    scratch_.list_maker.Begin(plan_.rules, ListContext(), scratch_.facts.visitor);
  } else {
    scratch_.list_maker.BeginWithout(ListContext());
  }
  return SelectOnly();
}

RuleContext Pipeline::ListContext() {
  const RequestFacts& facts = scratch_.facts;
  RuleContext context;
  context.state = &tenant_.state();
  context.catalogue = facts.catalogue.get();
  context.now_ms = now_ms_;
  context.zone_offset_ms = facts.zone_offset_ms;
  context.seed = facts.seed;
  context.count = request_.count;
  context.explain = request_.explain || request_.trace;
  context.may_pin = [&facts](sb_item item) { return facts.May(item); };
  context.marks = request_.trace ? &scratch_.marks : nullptr;
  return context;
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

void Pipeline::GatherAndScore(uint32_t factor) {
  const auto& excluded = scratch_.facts.excluded;
  size_t expected = excluded.size();
  for (uint32_t& quota : scratch_.quotas) {
    quota = std::min(quota * factor, kMaxQuota);
    expected += quota;
  }
  scratch_.candidates.Clear(expected);
  for (const sb_item item : excluded) scratch_.candidates.Exclude(item);
  more_ = Gather(*session_, tenant_.signals().size(), scratch_.quotas, scratch_.facts, &scratch_.candidates,
                 &timer_);
  ScoreCandidates();
}

void Pipeline::ScoreCandidates() {
  Score(*session_, tenant_.signals().size(), scratch_.candidates, scratch_.weights, &scratch_.matrix,
        &scratch_.failed, &timer_);
  BlendScores(scratch_.matrix, scratch_.weights, plan_.blend, &scratch_.blend);
  timer_.Mark(Step::kBlend);
}

// The best `depth` candidates that pass, as the pool. deeper: the last call was for fewer of the same.
void Pipeline::RankPool(uint32_t depth, bool deeper) {
  RankInput input = InputOf(scratch_.candidates.items(), scratch_.blend.scores, depth);
  scratch_.reader.SetItems(scratch_.candidates.items(), scratch_.matrix, scratch_.blend);
  if (request_.trace) input.trace = &scratch_.rows;
  Ranker& ranker = scratch_.ranker;
  const auto ranked =
      deeper ? ranker.Deepen(input, &scratch_.ranked, &all_) : ranker.Rank(input, &scratch_.ranked, &all_);
  script_->Pause();
  if (!ranked) {
    ScriptFailed(ranked.error());
    ScoreCandidates();
    return RankPool(depth, false);
  }
  scratch_.pool.clear();
  for (RankedRow& row : scratch_.ranked) {
    ListEntry& entry = scratch_.pool.emplace_back();
    entry.item = scratch_.candidates.items()[row.row];
    entry.score = row.score;
    entry.row = row.row;
    entry.effects = std::move(row.effects);
  }
}

// Ranks, and applies the list rules to a pool as deep as they need. False = the list is too short.
bool Pipeline::MakeList() {
  ListMaker& maker = scratch_.list_maker;
  bool good = false;
  for (uint32_t depth = maker.pool();; depth *= kDeeper) {
    RankPool(depth, depth > maker.pool());
    good = maker.Make(scratch_.pool, &scratch_.chosen);
    if (good || all_) break;
  }
  timer_.Mark(Step::kRules);
  return scratch_.chosen.size() >= request_.count;
}

// What came from the pool has no reason yet: most of it was cut off.
void Pipeline::FinishList() {
  scratch_.list_maker.Finish(&scratch_.chosen);
  for (ListEntry& entry : scratch_.chosen) {
    if (entry.reason.empty()) entry.reason = ReasonOf(entry.row);
  }
}

void Pipeline::ScriptFailed(const Error& error) { script_->Failed(error, &scratch_.weights); }

RankInput Pipeline::InputOf(std::span<const sb_item> items, std::span<const float> scores, size_t count) {
  scratch_.reader.SetItems(items);
  RankInput input;
  input.items = items;
  input.scores = scores;
  input.count = static_cast<uint32_t>(count);
  input.explain = request_.explain || request_.trace;
  input.index = &tenant_.state();
  input.catalogue = scratch_.facts.catalogue.get();
  input.rules = script_->run();
  input.declaration = script_->declaration();
  input.reader = &scratch_.reader;
  input.screen = scratch_.list_maker.screen();
  return input;
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
    reason = tenant_.ColumnName(signal);
  }
  return reason;
}

}  // namespace signalbox::serve
