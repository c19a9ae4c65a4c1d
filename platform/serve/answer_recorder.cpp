// Beginning and handing over.
#include "serve/answer_recorder.hpp"

#include "serve/response_writer.hpp"

namespace signalbox::serve {

Tape NewTape(const Tenant& tenant, const model::RecommendRequest& request, int64_t now_ms) {
  Tape tape;
  tape.now_ms = now_ms;
  tape.request = request;
  for (size_t i = 0; i < tenant.signals().size(); ++i) {
    tape.signals.push_back(tenant.signals().at(i).name());
    tape.families.push_back(tenant.signals().at(i).family());
  }
  return tape;
}

void KeepAnswer(Tape& tape, const Tenant& tenant, const Plan& plan, const model::RecommendResponse& response,
                ports::ServedAnswers* to) {
  if (tape.facts.empty()) return;
  tape.stale = response.stale;
  ports::ServedAnswer kept;
  kept.recommendation_id = response.recommendation_id;
  kept.tenant = tenant.state().name();
  kept.scenario = plan.name;
  kept.revision = plan.revision;
  kept.at_ms = tape.now_ms;
  kept.answer = WriteRecommendations(response, tape.request.explain);
  kept.inputs = tape.Encode();
  to->Put(std::move(kept));
}

}  // namespace signalbox::serve
