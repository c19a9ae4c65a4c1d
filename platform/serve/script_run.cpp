// Beginning, weighing, failing.
#include "serve/script_run.hpp"

#include <algorithm>

#include "base/nearest.hpp"
#include "serve/number_text.hpp"

namespace signalbox::serve {

Result<void> ScriptRun::CheckTunables() const {
  std::vector<std::string> known;
  const scripting::Tunable* found = nullptr;
  for (const auto& [name, value] : request_.tunables) {
    const std::string field = "tunables." + name;
    found = nullptr;
    known.clear();
    if (plan_.script != nullptr) {
      for (const auto& tunable : plan_.script->declaration().tunables) {
        if (tunable.in_request) known.push_back(tunable.name);
        if (tunable.in_request && tunable.name == name) found = &tunable;
      }
    }
    if (found == nullptr) {
      const std::string nearest = Nearest(name, known);
      return Fail(Error(Code::kInvalidArgument,
                        field + ": scenario '" + plan_.name + "' lets no request set this tunable")
                      .WithField(field)
                      .WithHint(nearest.empty() ? "declare it with { request = true } in the script"
                                                : "did you mean '" + nearest + "'?"));
    }
    if (value >= found->min && value <= found->max) continue;
    return Fail(
        Error(Code::kInvalidArgument, field + " is outside of the tunable's range")
            .WithField(field)
            .WithHint("give a value from " + NumberText(found->min) + " to " + NumberText(found->max)));
  }
  return {};
}

void ScriptRun::FillContext() {
  context_.user = request_.user;
  context_.scenario = plan_.name;
  context_.item = request_.context ? std::string_view(request_.context->id) : std::string_view();
  const sb_item last = facts_.visitor.last();
  context_.last = last == SB_NO_ITEM ? std::string_view() : tenant_.state().Name(last).id;
  context_.now_ms = facts_.now_ms;
  context_.zone_offset_ms = facts_.zone_offset_ms;
  context_.seed = facts_.seed;
  context_.count = request_.count;
  context_.history_length = facts_.visitor.history_length();
  context_.request_values = request_.context_values.empty() ? nullptr : &request_.context_values;
  context_.user_attributes = facts_.user.empty() ? nullptr : &facts_.user;
  context_.tenant = &tenant_.state();
  context_.catalogue = facts_.catalogue.get();
  context_.visitor = &facts_.visitor;
  context_.reader = &reader_;
}

Result<void> ScriptRun::Weigh(std::vector<double>* weights) {
  if (!request_.tunables.empty()) {
    if (const auto checked = CheckTunables(); !checked) return checked;
  }
  if (!tenant_.MayRun(plan_) || !request_.only_signals.empty()) return {};
  if (plan_.health != nullptr) plan_.health->Call();
  FillContext();
  Result<std::unique_ptr<scripting::Run>> run;
  if (request_.tunables.empty()) {
    run = plan_.script->Begin(context_, plan_.values);
  } else {
    auto values = plan_.values;
    for (const auto& [name, value] : request_.tunables) values[name] = value;
    run = plan_.script->Begin(context_, values);
  }
  if (!run) {
    Failed(run.error(), weights);
    return {};
  }
  run_ = std::move(*run);
  if (!plan_.script->declaration().has_weights) return {};
  const auto given = run_->Weights();
  if (!given) {
    Failed(given.error(), weights);
    return {};
  }
  run_->Pause();
  UseWeights(*given, weights);
  return {};
}

// A name that is no signal counts as a script's error and is left out; the rules stay. Where such
// names are all that has weight, the native weights answer.
void ScriptRun::UseWeights(const std::vector<std::pair<std::string, double>>& given,
                           std::vector<double>* weights) {
  std::fill(weights->begin(), weights->end(), 0);
  const std::string* unknown = nullptr;
  double known = 0;
  for (const auto& [name, weight] : given) {
    if (const int column = tenant_.ColumnOf(plan_, name); column >= 0) {
      (*weights)[static_cast<size_t>(column)] = weight;
      known += weight;
    } else {
      unknown = &name;
    }
  }
  if (unknown == nullptr) return;
  if (known == 0) *weights = plan_.weights;
  const std::string nearest = Nearest(*unknown, tenant_.signal_names());
  const std::string reason =
      "weights names a signal that is not configured: '" + unknown->substr(0, 64) + "'";
  errors_.push_back(reason);
  tenant_.CountScriptError(plan_, reason,
                           nearest.empty() ? "add it under signals" : "did you mean '" + nearest + "'?");
}

void ScriptRun::Failed(const Error& error, std::vector<double>* weights) {
  run_.reset();
  *weights = plan_.weights;
  errors_.push_back(error.message());
  tenant_.ScriptFailed(plan_, error, facts_.now_ms);
}

}  // namespace signalbox::serve
