// Step 5: the answer, from the list.
#include "serve/pipeline.hpp"
#include "serve/tracer.hpp"

namespace signalbox::serve {

std::vector<model::SignalContribution> Pipeline::ContributionsOf(uint32_t row) const {
  std::vector<model::SignalContribution> parts;
  for (size_t signal = 0; signal < scratch_.weights.size(); ++signal) {
    if (scratch_.weights[signal] <= 0) continue;
    const ColumnScale& scale = scratch_.blend.columns[signal];
    const float raw = scratch_.matrix.column(signal)[row];
    const bool silent = scale.shares && !std::isfinite(raw);
    const float normalised = scale.Normalise(raw);
    const float weight = silent ? 0 : static_cast<float>(scale.weight) * scratch_.blend.share_of(row);
    model::SignalContribution& part = parts.emplace_back();
    part.signal = tenant_.ColumnName(signal);
    part.raw = raw;
    part.normalised = normalised;
    part.weight = weight;
    part.contribution = weight * normalised;
  }
  return parts;
}

model::RecommendResponse Pipeline::Respond(std::string recommendation_id) {
  const state::TenantState& state = tenant_.state();
  const state::CatalogueView& catalogue = *scratch_.facts.catalogue;
  model::RecommendResponse response;
  response.recommendation_id = std::move(recommendation_id);
  response.scenario = plan_.name;
  response.revision = plan_.revision;
  if (request_.trace) response.trace = Tracer(*this).Build();
  response.recommendations.resize(scratch_.chosen.size());
  for (size_t i = 0; i < scratch_.chosen.size(); ++i) {
    ListEntry& chosen = scratch_.chosen[i];
    model::Recommendation& out = response.recommendations[i];
    const ports::ItemName name = state.Name(chosen.item);
    out.item.type = name.type;
    out.item.id = name.id;
    out.score = chosen.score;
    out.reason = chosen.reason;
    out.propensity = chosen.propensity;
    if (request_.attributes && chosen.item < catalogue.size()) {
      out.attributes = catalogue.Document(chosen.item, state.items());
    }
    if (!request_.explain) continue;
    out.rules = std::move(chosen.effects);
    if (chosen.row != CandidateSet::kNoRow) out.explanation = ContributionsOf(chosen.row);
  }
  for (size_t signal = 0; signal < scratch_.failed.size(); ++signal) {
    if (scratch_.failed[signal] != 0) response.degraded.emplace_back(tenant_.ColumnName(signal));
  }
  scratch_.reader.End();
  scratch_.facts.End();
  timer_.Mark(Step::kRespond);
  return response;
}

}  // namespace signalbox::serve
