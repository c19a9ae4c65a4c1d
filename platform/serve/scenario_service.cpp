// Compiling, checking, publishing.
#include "serve/scenario_service.hpp"

#include <algorithm>

#include "base/hash.hpp"
#include "base/log.hpp"
#include "serve/number_text.hpp"
#include "serve/scenario_checks.hpp"

namespace signalbox::serve {
namespace {

using model::ObjectName;
using model::RevisionContent;

uint64_t ContentOf(const RevisionContent& content, const std::string& bases) {
  std::string all = content.source + '\0' + bases + '\0' + content.rules;
  for (const auto& [name, value] : content.values) all += '\0' + name + '=' + NumberText(value);
  return Checksum64(all.data(), all.size());
}

// The operators' rules.
Result<std::vector<scripting::ListRule>> RulesOf(const RevisionContent& content) {
  if (content.rules.empty()) return std::vector<scripting::ListRule>();
  return scripting::ParseListRules(content.rules);
}

// Answers by one plan alone.
class DraftRecommender final : public ports::Recommender {
 public:
  DraftRecommender(Tenant& tenant, std::shared_ptr<const Plan> plan, PlanRunner& runner, const Clock& clock)
      : tenant_(tenant), plan_(std::move(plan)), runner_(runner), clock_(clock) {}

  Result<model::RecommendResponse> Recommend(const model::RecommendRequest& request) override {
    if (!request.scenario.empty() && request.scenario != plan_->name) {
      return Fail(Error(Code::kInvalidArgument, "this is a draft of '" + plan_->name + "'")
                      .WithField("scenario")
                      .WithHint("leave it out"));
    }
    if (const auto checked = CheckRequest(request); !checked) return Fail(checked.error());
    if (!plan_->vectors().empty() && tenant_.state().catalogue().VectorsAfter()) {
      return Fail(Error(Code::kUnavailable, "the vectors that this draft compares are being loaded")
                      .WithHint("try again in a few seconds"));
    }
    const int64_t now_ms = request.now_ms != 0 ? request.now_ms : clock_.now_ms();
    return runner_.Run(tenant_, *plan_, request, now_ms, nullptr);
  }

 private:
  Tenant& tenant_;
  const std::shared_ptr<const Plan> plan_;
  PlanRunner& runner_;
  const Clock& clock_;
};

}  // namespace

ScenarioService::ScenarioService(ScenarioServiceParts parts) : parts_(std::move(parts)) {}

Result<Tenant*> ScenarioService::Find(const ObjectName& scenario) const {
  for (Tenant* tenant : parts_.tenants) {
    if (tenant->state().name() == scenario.tenant) return tenant;
  }
  return Fail(Error(Code::kNotFound, "no such tenant: '" + scenario.tenant + "'").WithField("tenant"));
}

Result<Tenant*> ScenarioService::TenantNamed(const std::string& name) const {
  return Find({name, model::ObjectKind::kScenario, {}});
}

Result<PlanSource> ScenarioService::SourceOf(const model::Revision& revision) const {
  return Compile(InForce(revision.object.tenant), revision.object, revision.number, revision.content);
}

ScenarioService::Revisions ScenarioService::InForce(std::string_view tenant) const {
  const std::lock_guard lock(mutex_);
  const auto found = in_force_.find(tenant);
  return found == in_force_.end() ? Revisions() : found->second;
}

Result<PlanSource> ScenarioService::Compile(const Revisions& bases, const ObjectName& scenario,
                                            uint64_t number, const RevisionContent& content) const {
  std::string used;  // the text of the bases
  const auto source_of = [&](std::string_view name) -> Result<std::string> {
    const auto found = bases.find(name);
    if (found == bases.end()) {
      return Fail(Error(Code::kInvalidArgument, "no scenario '" + std::string(name) + "' is in force")
                      .WithHint("publish it first"));
    }
    used += found->second.revision->content.source;
    return found->second.revision->content.source;
  };
  auto script = scripting::Scenario::Compile(scenario.name, scenario.name + ".lua", content.source,
                                             parts_.limits, source_of);
  if (!script) return Fail(script.error());
  if (const auto checked = CheckValues((*script)->declaration(), content.values); !checked)
    return Fail(checked.error());
  auto rules = RulesOf(content);
  if (!rules) return Fail(rules.error());
  return PlanSource{scenario.name,           number, std::move(*script), content.values, std::move(*rules),
                    ContentOf(content, used)};
}

Result<ports::ScenarioFacts> ScenarioService::Check(const ObjectName& scenario,
                                                    const RevisionContent& content) const {
  const auto tenant = Find(scenario);
  if (!tenant) return Fail(tenant.error());
  const auto source = Compile(InForce(scenario.tenant), scenario, 0, content);
  if (!source) return Fail(source.error());
  if (const auto checked = CheckAgainst(**tenant, *source); !checked) return Fail(checked.error());
  return FactsOf(**tenant, *source);
}

Result<void> ScenarioService::PutInForce(const model::Revision& revision) {
  const auto tenant = Find(revision.object);
  if (!tenant) return Fail(tenant.error());
  const std::lock_guard lock(mutex_);
  Revisions next = in_force_[revision.object.tenant];
  Known& known = next[revision.object.name];
  known.revision = std::make_shared<const model::Revision>(revision);
  std::vector<PlanSource> sources;
  auto source = Compile(next, revision.object, revision.number, revision.content);
  if (!source) return Fail(source.error());
  known.extends = source->script->declaration().extends;
  sources.push_back(std::move(*source));
  if (auto again = CompileExtensions(next, &sources); !again) return again;
  for (const auto& made : sources) {
    const auto checked = CheckAgainst(**tenant, made);
    if (!checked) LogWarn("left out of a scenario", {{"error", checked.error().message()}});
  }
  (*tenant)->PutInForce(std::move(sources));
  in_force_[revision.object.tenant] = std::move(next);
  return {};
}

// Adds those that extend the first one, and those that extend them.
Result<void> ScenarioService::CompileExtensions(const Revisions& revisions,
                                                std::vector<PlanSource>* sources) const {
  for (size_t base = 0; base < sources->size(); ++base) {
    for (const auto& [name, known] : revisions) {
      const bool made = std::any_of(sources->begin(), sources->end(),
                                    [&name = name](const auto& source) { return source.name == name; });
      if (made || known.extends != (*sources)[base].name) continue;
      auto again =
          Compile(revisions, known.revision->object, known.revision->number, known.revision->content);
      if (!again) {
        return Fail(Error(again.error().code(),
                          "'" + name + "' extends this scenario and would break: " + again.error().message())
                        .WithHint("publish a '" + name + "' that fits first, or retire it"));
      }
      sources->push_back(std::move(*again));
    }
  }
  return {};
}

Result<void> ScenarioService::Retire(const ObjectName& scenario) {
  const auto tenant = Find(scenario);
  if (!tenant) return Fail(tenant.error());
  const std::lock_guard lock(mutex_);
  in_force_[scenario.tenant].erase(scenario.name);
  (*tenant)->Retire(scenario.name);
  return {};
}

void ScenarioService::SetSafeMode(bool on) {
  for (Tenant* tenant : parts_.tenants) tenant->SetSafeMode(on);
}

Result<std::unique_ptr<ports::Recommender>> ScenarioService::Draft(const model::Revision& revision) const {
  const auto tenant = Find(revision.object);
  if (!tenant) return Fail(tenant.error());
  auto source = Compile(InForce(revision.object.tenant), revision.object, revision.number, revision.content);
  if (!source) return Fail(source.error());
  if (const auto checked = CheckAgainst(**tenant, *source); !checked) return Fail(checked.error());
  return std::make_unique<DraftRecommender>(**tenant, (*tenant)->MakePlan(std::move(*source)), drafts_,
                                            *parts_.clock);
}

std::map<std::string, std::string> ScenarioService::Running(std::string_view tenant) const {
  for (const Tenant* of : parts_.tenants) {
    if (of->state().name() == tenant) return of->Running();
  }
  return {};
}

}  // namespace signalbox::serve
