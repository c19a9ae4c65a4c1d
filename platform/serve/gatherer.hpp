// Step 1: candidates from every signal that offers them, and of the visitor's own history, merged.
#pragma once

#include <cstdint>
#include <span>

#include "serve/candidate_set.hpp"
#include "serve/request_facts.hpp"
#include "serve/step_timer.hpp"
#include "signals/signal_set.hpp"

namespace signalbox::serve {

// Asks each column with a quota above 0 and gives every distinct item for which the request's filter
// holds a row, in the columns' order. A column past `signals` is the history. `set` has been cleared and
// holds the exclusions; its proposals get one entry per column.
// Returns true when some signal had as many candidates as it was asked for: there may be more.
bool Gather(signals::RequestSession& session, size_t signals, std::span<const uint32_t> quotas,
            const RequestFacts& facts, CandidateSet* set, StepTimer* timer);

}  // namespace signalbox::serve
