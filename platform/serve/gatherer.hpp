// Step 1: candidates from every signal that offers them, merged.
#pragma once

#include <cstdint>
#include <span>

#include "serve/candidate_set.hpp"
#include "serve/step_timer.hpp"
#include "signals/signal_set.hpp"

namespace signalbox::serve {

// Asks each signal with a quota above 0 and gives every distinct item a row, in the signals'
// order. `set` has been cleared and holds the exclusions; its proposals get one entry per signal.
// Returns true when some signal had as many candidates as it was asked for: there may be more.
bool Gather(signals::RequestSession& session, std::span<const uint32_t> quotas, CandidateSet* set,
            StepTimer* timer);

}  // namespace signalbox::serve
