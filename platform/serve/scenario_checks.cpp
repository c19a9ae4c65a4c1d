// What a script and the operators' part of a revision may say of this tenant.
#include "serve/scenario_checks.hpp"

#include <algorithm>

#include "base/nearest.hpp"
#include "serve/number_text.hpp"

namespace signalbox::serve {
namespace {

std::string Hint(const std::string& name, const std::vector<std::string>& known,
                 const std::string& otherwise) {
  const std::string nearest = Nearest(name, known);
  return nearest.empty() ? otherwise : "did you mean '" + nearest + "'?";
}

Result<void> CheckSignals(const Tenant& tenant, const PlanSource& source) {
  const auto& declared = source.script->declaration();
  const std::string file = source.name + ".lua";
  for (const auto& [signal, quota] : declared.candidates) {
    if (tenant.signals().Find(signal) >= 0 || signal == kHistorySource) continue;
    return Fail(Error(Code::kInvalidArgument,
                      file + ": candidates names the signal '" + signal + "', which is not configured")
                    .WithField("candidates." + signal)
                    .WithHint(Hint(signal, tenant.signal_names(), "add it under signals, or take it out")));
  }
  return {};
}

// The script's rules, then the operators'.
std::vector<scripting::ListRule> RulesOf(const PlanSource& source) {
  auto rules = source.script->declaration().rules;
  rules.insert(rules.end(), source.rules.begin(), source.rules.end());
  return rules;
}

Result<void> CheckRules(const Tenant& tenant, const PlanSource& source) {
  const auto& types = tenant.state().types();
  for (const auto& rule : RulesOf(source)) {
    if (rule.event_type.empty() || types.Find(rule.event_type) >= 0) continue;
    std::vector<std::string> known;
    for (size_t i = 0; i < types.size(); ++i) known.push_back(types.at(i).name);
    return Fail(
        Error(Code::kInvalidArgument, "'" + rule.name + "': there is no event type '" + rule.event_type + "'")
            .WithField("rules")
            .WithHint(Hint(rule.event_type, known, "register it under events.types")));
  }
  return {};
}

// An attribute that nobody has is allowed: items with it may come.
void WarnOfFields(const state::CatalogueView& catalogue, const PlanSource& source,
                  std::vector<std::string>* warnings) {
  for (const auto& condition : source.script->declaration().where) {
    if (catalogue.Find(condition.field).column >= 0) continue;
    warnings->push_back("where: no item has the attribute '" + condition.field +
                        "' yet, so the condition decides nothing");
  }
  for (const auto& rule : RulesOf(source)) {
    const auto* vectors = rule.vector.empty() ? nullptr : catalogue.Vectors(rule.vector);
    if (vectors != nullptr && vectors->dimension() == 0) {
      warnings->push_back("'" + rule.name + "': no item has the vector '" + rule.vector +
                          "' yet, so the rule does nothing");
    }
    if (rule.field.empty() || rule.field == "type" || catalogue.Find(rule.field).column >= 0) continue;
    warnings->push_back("'" + rule.name + "': no item has the attribute '" + rule.field +
                        "' yet, so the rule does nothing");
  }
}

}  // namespace

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
                      .WithHint(Hint(name, known, "take it out, or declare it in the script")));
    }
    if (!(value >= found->min && value <= found->max)) {
      return Fail(
          Error(Code::kInvalidArgument, field + " is outside of the tunable's min and max")
              .WithField(field)
              .WithHint("give a value from " + NumberText(found->min) + " to " + NumberText(found->max)));
    }
  }
  return {};
}

Result<void> CheckAgainst(const Tenant& tenant, const PlanSource& source) {
  if (auto checked = CheckSignals(tenant, source); !checked) return checked;
  return CheckRules(tenant, source);
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
  facts.rules = scripting::WriteListRules(RulesOf(source));
  facts.fallback = declared.fallback;
  facts.extends = declared.extends;
  facts.cache_seconds = declared.cache_seconds.value_or(0);
  WarnOfFields(*tenant.state().catalogue().view(), source, &facts.warnings);
  return facts;
}

}  // namespace signalbox::serve
