// Keeps the inputs of a sample of answers.
#pragma once

#include <string>

#include "ports/served_answers.hpp"
#include "serve/tape.hpp"
#include "serve/tenant.hpp"

namespace signalbox::serve {

// A tape for this request. Requires: it is neither a draft's nor evaluation's.
Tape NewTape(const Tenant& tenant, const model::RecommendRequest& request, int64_t now_ms);

// Hands the tape over with the answer as it is sent. An empty tape (the script failed) is not kept.
void KeepAnswer(Tape& tape, const Tenant& tenant, const Plan& plan, const model::RecommendResponse& response,
                ports::ServedAnswers* to);

}  // namespace signalbox::serve
