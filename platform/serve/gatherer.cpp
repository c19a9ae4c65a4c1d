// Asking and merging.
#include "serve/gatherer.hpp"

#include <algorithm>

namespace signalbox::serve {
namespace {

// The newest events' items that may be served, each once; of n the newest has score n.
void OfferHistory(const RequestFacts& facts, uint32_t quota, Proposal* proposal) {
  const uint32_t length = facts.visitor.history_length();
  for (uint32_t back = 0; back < length && proposal->items.size() < quota; ++back) {
    const sb_item item = facts.visitor.history(length - 1 - back).item;
    const bool again =
        std::find(proposal->items.begin(), proposal->items.end(), item) != proposal->items.end();
    if (!again && facts.eligible->Has(item)) proposal->items.push_back(item);
  }
  for (size_t i = 0; i < proposal->items.size(); ++i) {
    proposal->scores.push_back(static_cast<float>(proposal->items.size() - i));
  }
}

}  // namespace

bool Gather(signals::RequestSession& session, size_t signals, std::span<const uint32_t> quotas,
            const RequestFacts& facts, CandidateSet* set, StepTimer* timer) {
  bool more = false;
  set->proposals().resize(quotas.size());
  for (size_t column = 0; column < quotas.size(); ++column) {
    Proposal& proposal = set->proposals()[column];
    proposal.items.clear();
    proposal.scores.clear();
    proposal.rows.clear();
    proposal.failed = false;
    if (quotas[column] == 0) continue;
    if (column < signals) {
      proposal.failed = !session.Candidates(column, quotas[column], &proposal.items, &proposal.scores);
      if (proposal.failed) proposal.items.clear();
      more = more || proposal.items.size() >= quotas[column];
    } else {
      OfferHistory(facts, quotas[column], &proposal);
    }
    for (const sb_item item : proposal.items) {
      proposal.rows.push_back(facts.Filtered(item) ? set->Add(item) : CandidateSet::kNoRow);
    }
    if (column < signals) timer->MarkSignal(SignalStep::kGather, column);
  }
  return more;
}

}  // namespace signalbox::serve
