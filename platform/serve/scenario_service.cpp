// Compiling, checking, publishing.
#include "serve/scenario_service.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "base/nearest.hpp"

namespace signalbox::serve {
namespace {

using model::ObjectName;
using model::RevisionContent;

std::string Message(std::string_view hint_for, const std::string& name, const std::vector<std::string>& known,
                    const std::string& otherwise) {
  const std::string nearest = Nearest(name, known);
  return nearest.empty() ? otherwise : "did you mean " + std::string(hint_for) + "'" + nearest + "'?";
}

Result<void> CheckValues(const scripting::Declaration& declared,
                         const std::map<std::string, double>& values) {
  std::vector<std::string> known;
  for (const auto& tunable : declared.tunables) known.push_back(tunable.name);
  for (const auto& [name, value] : values) {
    const auto found = std::find_if(declared.tunables.begin(), declared.tunables.end(),
                                    [&name = name](const auto& t) { return t.name == name; });
    const std::string field = "values." + name;
    if (found == declared.tunables.end()) {
      return Fail(Error(Code::kInvalidArgument, field + ": the script declares no such tunable")
                      .WithField(field)
                      .WithHint(Message("", name, known, "take it out, or declare it in the script")));
    }
    if (!(value >= found->min && value <= found->max)) {
      return Fail(Error(Code::kInvalidArgument, field + " is outside of the tunable's min and max")
                      .WithField(field)
                      .WithHint("give a value from " + std::to_string(found->min) + " to " +
                                std::to_string(found->max)));
    }
  }
  return {};
}

Result<void> CheckSignals(const Tenant& tenant, const std::string& file,
                          const scripting::Declaration& declared) {
  for (const auto& [signal, quota] : declared.candidates) {
    if (tenant.signals().Find(signal) >= 0) continue;
    return Fail(
        Error(Code::kInvalidArgument,
              file + ": candidates names the signal '" + signal + "', which is not configured")
            .WithField("candidates." + signal)
            .WithHint(Message("", signal, tenant.signal_names(), "add it under signals, or take it out")));
  }
  return {};
}

// The operators' rules.
Result<std::vector<scripting::ListRule>> RulesOf(const RevisionContent& content) {
  if (content.rules.empty() || content.rules == "[]") return std::vector<scripting::ListRule>();
  return Fail(Error(Code::kInvalidArgument, "operators' rules cannot be read yet")
                  .WithField("rules")
                  .WithHint("write them into the script"));
}

ports::ScenarioFacts FactsOf(const Tenant& tenant, const PlanSource& source) {
  const auto& declared = source.script->declaration();
  ports::ScenarioFacts facts;
  for (const auto& tunable : declared.tunables) {
    const auto own = source.values.find(tunable.name);
    facts.tunables.push_back({tunable.name, own == source.values.end() ? tunable.value : own->second,
                              tunable.value, tunable.min, tunable.max, tunable.help});
  }
  facts.candidates = declared.candidates;
  facts.filters = declared.filters;
  for (const auto& [name, max] : declared.boosts) facts.boosts.push_back(name);
  facts.rules = "[]";
  facts.fallback = declared.fallback;
  facts.extends = declared.extends;
  facts.cache_seconds = declared.cache_seconds.value_or(0);
  const auto catalogue = tenant.state().catalogue().view();
  for (const auto& condition : declared.where) {
    if (catalogue->Find(condition.field).column >= 0) continue;
    facts.warnings.push_back("where: no item has the attribute '" + condition.field +
                             "' yet, so the condition decides nothing");
  }
  return facts;
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

ScenarioService::Revisions ScenarioService::InForce(std::string_view tenant) const {
  const std::lock_guard lock(mutex_);
  const auto found = in_force_.find(tenant);
  return found == in_force_.end() ? Revisions() : found->second;
}

Result<PlanSource> ScenarioService::Compile(const Revisions& /*bases*/, const ObjectName& scenario,
                                            uint64_t number, const RevisionContent& content) const {
  auto script =
      scripting::Scenario::Compile(scenario.name, scenario.name + ".lua", content.source, parts_.limits);
  if (!script) return Fail(script.error());
  if (const auto checked = CheckValues((*script)->declaration(), content.values); !checked)
    return Fail(checked.error());
  auto rules = RulesOf(content);
  if (!rules) return Fail(rules.error());
  return PlanSource{scenario.name, number, std::move(*script), content.values, std::move(*rules)};
}

Result<ports::ScenarioFacts> ScenarioService::Check(const ObjectName& scenario,
                                                    const RevisionContent& content) const {
  const auto tenant = Find(scenario);
  if (!tenant) return Fail(tenant.error());
  const auto source = Compile(InForce(scenario.tenant), scenario, 0, content);
  if (!source) return Fail(source.error());
  const auto checked = CheckSignals(**tenant, scenario.name + ".lua", source->script->declaration());
  if (!checked) return Fail(checked.error());
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
    const auto checked = CheckSignals(**tenant, made.name + ".lua", made.script->declaration());
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
  const auto checked = CheckSignals(**tenant, revision.object.name + ".lua", source->script->declaration());
  if (!checked) return Fail(checked.error());
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
