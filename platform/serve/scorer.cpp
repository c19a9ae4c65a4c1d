// Filling the columns.
#include "serve/scorer.hpp"

#include <cmath>

namespace signalbox::serve {

void Score(signals::RequestSession& session, size_t signals, const CandidateSet& set,
           std::span<const double> weights, ScoreMatrix* matrix, std::vector<uint8_t>* failed,
           StepTimer* timer) {
  matrix->Reset(set.items().size(), weights.size());
  failed->assign(weights.size(), 0);
  for (size_t signal = 0; signal < weights.size(); ++signal) {
    const Proposal& proposal = set.proposals()[signal];
    (*failed)[signal] = proposal.failed;
    if (weights[signal] <= 0 || proposal.failed || set.items().empty()) continue;
    const auto column = matrix->column(signal);
    for (size_t i = 0; i < proposal.rows.size(); ++i) {
      const uint32_t row = proposal.rows[i];
      if (row != CandidateSet::kNoRow && std::isnan(column[row])) column[row] = proposal.scores[i];
    }
    if (signal >= signals) continue;
    if (!session.Score(signal, set.items(), column)) {
      matrix->Silence(signal);
      (*failed)[signal] = 1;
    }
    timer->MarkSignal(SignalStep::kScore, signal);
  }
}

}  // namespace signalbox::serve
