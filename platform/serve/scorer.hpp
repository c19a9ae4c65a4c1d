// Step 2: each signal fills its column of the score matrix.
#pragma once

#include <span>
#include <vector>

#include "serve/candidate_set.hpp"
#include "serve/score_matrix.hpp"
#include "serve/step_timer.hpp"
#include "signals/signal_set.hpp"

namespace signalbox::serve {

// Scores every row of `set` by every column whose weight is above 0. A candidate's own score, as its
// column proposed it, counts; a signal is asked about the other rows, the history (a column past
// `signals`) has no opinion on them. A signal that failed here or when gathering has no opinion:
// (*failed)[signal] is 1.
void Score(signals::RequestSession& session, size_t signals, const CandidateSet& set,
           std::span<const double> weights, ScoreMatrix* matrix, std::vector<uint8_t>* failed,
           StepTimer* timer);

}  // namespace signalbox::serve
