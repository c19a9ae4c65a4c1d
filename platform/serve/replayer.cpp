// Which revisions, which world, the same bytes or not.
#include "serve/replayer.hpp"

#include "serve/response_writer.hpp"
#include "serve/taped_world.hpp"

namespace signalbox::serve {
namespace {

tl::unexpected<Error> Another(const std::string& scenario, const std::string& hint) {
  return Fail(
      Error(Code::kInvalidArgument, "scenario '" + scenario + "' is not what it was when this was served")
          .WithField("revision")
          .WithHint(hint));
}

}  // namespace

Result<std::vector<PlanSource>> Replayer::SourcesOf(const Tenant& tenant, const Tape& tape,
                                                    const ports::ServedAnswer& served,
                                                    const model::Revision* revision) const {
  std::vector<PlanSource> sources;
  for (const auto& [name, content] : tape.scenarios) {
    if (name == served.scenario && revision != nullptr) {
      auto source = scenarios_.SourceOf(*revision);
      if (!source) return Fail(source.error());
      if (source->content != content)
        return Another(name, "give " + served.revision + ", with the base it had");
      sources.push_back(std::move(*source));
      continue;
    }
    const auto plan = tenant.Find(name);
    if (plan == nullptr || plan->content != content)
      return Another(name, "publish the revision of that time again");
    if (name == served.scenario && plan->revision != served.revision) {
      return Another(name, "give the revision " + served.revision);
    }
    // What is native here is native in the tape's world too.
    if (plan->script != nullptr) sources.push_back(SourceOfPlan(*plan));
  }
  return sources;
}

Result<ports::ReplayOutcome> Replayer::Replay(const ports::ServedAnswer& served,
                                              const model::Revision* revision) const {
  const auto live = scenarios_.TenantNamed(served.tenant);
  if (!live) return Fail(live.error());
  auto tape = Tape::Decode(served.inputs);
  if (!tape) return Fail(tape.error());
  auto sources = SourcesOf(**live, *tape, served, revision);
  if (!sources) return Fail(sources.error());
  TapedWorld world(&*tape, **live);
  world.PutInForce(std::move(*sources));
  const auto plan = world.tenant().Find(served.scenario);
  if (plan == nullptr) return Another(served.scenario, "give the revision " + served.revision);
  auto response = runner_.Run(world.tenant(), *plan, tape->request, tape->now_ms, nullptr, &*tape);
  if (!response) return Fail(response.error());
  response->recommendation_id = served.recommendation_id;
  response->stale = tape->stale;
  ports::ReplayOutcome outcome;
  outcome.answer = WriteRecommendations(*response, tape->request.explain);
  outcome.same = !tape->broken && outcome.answer == served.answer;
  return outcome;
}

}  // namespace signalbox::serve
