// Asking and merging.
#include "serve/gatherer.hpp"

namespace signalbox::serve {

bool Gather(signals::RequestSession& session, std::span<const uint32_t> quotas, CandidateSet* set,
            StepTimer* timer) {
  bool more = false;
  set->proposals().resize(quotas.size());
  for (size_t signal = 0; signal < quotas.size(); ++signal) {
    Proposal& proposal = set->proposals()[signal];
    proposal.items.clear();
    proposal.scores.clear();
    proposal.rows.clear();
    proposal.failed = false;
    if (quotas[signal] == 0) continue;
    proposal.failed = !session.Candidates(signal, quotas[signal], &proposal.items, &proposal.scores);
    if (proposal.failed) proposal.items.clear();
    more = more || proposal.items.size() >= quotas[signal];
    for (const sb_item item : proposal.items) proposal.rows.push_back(set->Add(item));
    timer->MarkSignal(SignalStep::kGather, signal);
  }
  return more;
}

}  // namespace signalbox::serve
