// One source after the other, until the pool is as deep as it should be.
#include "serve/filler.hpp"

#include "serve/gatherer.hpp"
#include "serve/scorer.hpp"

namespace signalbox::serve {

void Filler::Fill() {
  if (Short()) FillFromFallback(0);
  // From here on `extra` holds what must not come again.
  scratch_.extra.Clear(scratch_.facts.excluded.size() + scratch_.pool.size() + 512);
  for (const sb_item item : scratch_.facts.excluded) scratch_.extra.Exclude(item);
  for (const ListEntry& entry : scratch_.pool) scratch_.extra.Exclude(entry.item);
  if (Short()) FillFromPopular();
  if (Short()) FillFromNewest();
}

void Filler::Add(sb_item item, std::string_view reason) {
  ListEntry& entry = scratch_.pool.emplace_back();
  entry.item = item;
  entry.reason = reason;
}

bool Filler::Passes(std::span<const sb_item> items, uint32_t row) {
  const auto verdict = Ranker::Judge(pipeline_.InputOf(items, {}, 1), row);
  if (verdict) return verdict->kept();
  pipeline_.ScriptFailed(verdict.error());
  return Passes(items, row);
}

void Filler::FillFromFallback(int depth) {
  if (pipeline_.plan_.fallback.empty() || depth >= kMaxFallbacks) return;
  pipeline_.fallback_ = pipeline_.tenant_.Find(pipeline_.plan_.fallback);
  if (pipeline_.fallback_ == nullptr) return;
  if (scratch_.fallback == nullptr) scratch_.fallback = std::make_unique<Scratch>();
  model::RecommendRequest request = pipeline_.request_;
  request.count = scratch_.list_maker.pool() - static_cast<uint32_t>(scratch_.pool.size());
  request.explain = request.trace = false;
  request.tunables.clear();
  StepTimer untimed(nullptr);
  Pipeline inner(pipeline_.tenant_, *pipeline_.fallback_, request, pipeline_.now_ms_, *scratch_.fallback,
                 untimed, pipeline_.tape_);
  if (!inner.RunAsFallback(pipeline_, depth)) return;  // such as one that needs the page's item
  std::vector<sb_item> items;
  for (const ListEntry& entry : scratch_.fallback->chosen) items.push_back(entry.item);
  for (uint32_t row = 0; row < items.size() && Short(); ++row) {
    const bool may = scratch_.facts.May(items[row]);
    if (may && Passes(items, row)) Add(items[row], scratch_.fallback->chosen[row].reason);
  }
  scratch_.fallback->reader.End();
  scratch_.fallback->facts.End();
}

void Filler::FillFromPopular() {
  CandidateSet& extra = scratch_.extra;
  const Plan& popular = pipeline_.tenant_.popular();
  const size_t signals = pipeline_.tenant_.signals().size();
  Gather(*pipeline_.session_, signals, popular.quotas, scratch_.facts, &extra, &pipeline_.timer_);
  Score(*pipeline_.session_, signals, extra, popular.weights, &scratch_.extra_matrix, &scratch_.extra_failed,
        &pipeline_.timer_);
  BlendScores(scratch_.extra_matrix, popular.weights, popular.blend, &scratch_.extra_blend);
  RankInput input = pipeline_.InputOf(extra.items(), scratch_.extra_blend.scores,
                                      scratch_.list_maker.pool() - scratch_.pool.size());
  input.boost = false;
  bool all = false;
  if (const auto ranked = scratch_.ranker.Rank(input, &scratch_.ranked, &all); !ranked) {
    pipeline_.ScriptFailed(ranked.error());
    return FillFromPopular();
  }
  for (const RankedRow& ranked : scratch_.ranked) Add(extra.items()[ranked.row], "popular");
}

void Filler::FillFromNewest() {
  const auto& newest = scratch_.facts.Newest(pipeline_.tenant_.state());
  for (uint32_t i = 0; i < newest.size() && Short(); ++i) {
    scratch_.facts.NoteNewest(newest[i]);
    if (scratch_.extra.Has(newest[i])) continue;  // in the pool, excluded, or dropped by a filter
    if (scratch_.facts.Filtered(newest[i]) && Passes(newest, i)) Add(newest[i], "newest");
  }
}

}  // namespace signalbox::serve
