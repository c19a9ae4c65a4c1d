// Making plans.
#include "serve/plan.hpp"

#include <algorithm>

#include "model/revision.hpp"

namespace signalbox::serve {
namespace {

constexpr uint32_t kDefaultQuota = 100;
constexpr uint32_t kNativeQuota = 200;
constexpr int64_t kListCacheMs = 30'000;  // of what is the same for every visitor
constexpr double kCollaborativeShare = 0.6, kContentShare = 0.4;

// Gives `share` in equal parts to the signals of a family.
void ShareAmong(const signals::SignalSet& signals, std::string_view family, double share,
                std::vector<double>* weights) {
  std::vector<size_t> members;
  for (size_t i = 0; i < signals.size(); ++i) {
    if (signals.at(i).family() == family) members.push_back(i);
  }
  for (const size_t i : members) (*weights)[i] = share / static_cast<double>(members.size());
}

std::shared_ptr<Plan> Named(std::string name, uint64_t number) {
  auto plan = std::make_shared<Plan>();
  if (name == "popular" || name == "trending" || name == "similar") plan->cache_ms = kListCacheMs;
  plan->revision = model::RevisionId(name, number);
  plan->name = std::move(name);
  plan->number = number;
  return plan;
}

void QuotasFromWeights(Plan* plan) {
  for (const double weight : plan->weights) plan->quotas.push_back(weight > 0 ? kNativeQuota : 0);
}

std::shared_ptr<const Plan> WithoutScript(const Plan& plan) {
  auto safe = std::make_shared<Plan>(plan);
  safe->revision = plan.name + "@safe";
  safe->script = nullptr;
  safe->health = nullptr;
  safe->values.clear();
  safe->rules.clear();
  return safe;
}

}  // namespace

std::set<std::string, std::less<>> Plan::vectors() const {
  std::set<std::string, std::less<>> names;
  for (const auto& rule : rules) {
    if (!rule.vector.empty()) names.insert(rule.vector);
  }
  return names;
}

PlanSource SourceOfPlan(const Plan& plan) {
  return {plan.name, plan.number, plan.script, plan.values, plan.rules, plan.content, true};
}

void PlanMaker::Set(std::string_view signal, double weight, std::vector<double>* weights) const {
  if (const int index = signals_.Find(signal); index >= 0) (*weights)[static_cast<size_t>(index)] = weight;
}

std::vector<double> PlanMaker::DefaultWeights() const {
  const double same = signals_.size() == 0 ? 0 : 1 / static_cast<double>(signals_.size());
  std::vector<double> weights(signals_.size(), defaults_.weights.empty() ? same : 0);
  for (const auto& [signal, weight] : defaults_.weights) Set(signal, weight, &weights);
  return weights;
}

std::shared_ptr<Plan> PlanMaker::FromScript(PlanSource source) const {
  const auto& declared = source.script->declaration();
  auto plan = Named(std::move(source.name), source.number);
  plan->where = Where(declared.where);
  plan->quotas.assign(signals_.size(), declared.candidates.empty() ? kDefaultQuota : 0);
  for (const auto& [signal, quota] : declared.candidates) {
    if (const int index = signals_.Find(signal); index >= 0) plan->quotas[static_cast<size_t>(index)] = quota;
  }
  plan->weights = DefaultWeights();
  for (const auto& [signal, quota] : declared.candidates) {
    if (signal != kHistorySource || signals_.Find(signal) >= 0) continue;
    plan->history = true;
    plan->quotas.push_back(quota);
    // Alone it has all the weight, so that "recently viewed" needs no weights.
    plan->weights.push_back(0);
    if (declared.candidates.size() == 1) {
      plan->weights.assign(plan->weights.size(), 0);
      plan->weights.back() = 1;
    }
  }
  Blending(declared, plan.get());
  plan->fallback = declared.fallback;
  plan->content = source.content;
  if (declared.cache_seconds) plan->cache_ms = int64_t{1000} * *declared.cache_seconds;
  if (!source.whole_rules) plan->rules = declared.rules;
  plan->rules.insert(plan->rules.end(), source.rules.begin(), source.rules.end());
  std::stable_sort(plan->rules.begin(), plan->rules.end(),
                   [](const auto& a, const auto& b) { return a.kind < b.kind; });
  plan->values = std::move(source.values);
  plan->health = std::make_shared<ScriptHealth>();
  plan->safe = WithoutScript(*plan);
  plan->script = std::move(source.script);
  return plan;
}

void PlanMaker::Blending(const scripting::Declaration& declared, Plan* plan) const {
  const size_t columns = plan->weights.size();
  const auto column_of = [&](std::string_view name) {
    const int signal = signals_.Find(name);
    if (signal < 0 && name == kHistorySource && plan->history) return columns - 1;
    return signal < 0 ? columns : static_cast<size_t>(signal);
  };
  if (!declared.normalise.empty() || declared.normalise_others != scripting::Normalise::kMinMax) {
    plan->blend.normalise.assign(columns, declared.normalise_others);
    for (const auto& [name, how] : declared.normalise) {
      if (const size_t column = column_of(name); column < columns) plan->blend.normalise[column] = how;
    }
  }
  if (declared.missing_share.empty()) return;
  plan->blend.missing_share.assign(columns, false);
  for (const auto& name : declared.missing_share) {
    if (const size_t column = column_of(name); column < columns) plan->blend.missing_share[column] = true;
  }
}

std::shared_ptr<Plan> PlanMaker::Native(const std::string& name) const {
  auto plan = Named(name, 0);
  plan->weights = DefaultWeights();
  QuotasFromWeights(plan.get());
  return plan;
}

std::shared_ptr<Plan> PlanMaker::Popular(const std::string& name) const {
  auto plan = Named(name, 1);
  plan->weights.assign(signals_.size(), 0);
  if (defaults_.popular_signals.empty()) {
    ShareAmong(signals_, "popularity", 1, &plan->weights);  // not a plugin: the family
  }
  for (const auto& signal : defaults_.popular_signals) {
    Set(signal, 1 / static_cast<double>(defaults_.popular_signals.size()), &plan->weights);
  }
  QuotasFromWeights(plan.get());
  return plan;
}

std::shared_ptr<Plan> PlanMaker::Similar() const {
  auto plan = Named("similar", 1);
  plan->needs_context = true;
  plan->weights.assign(signals_.size(), 0);
  if (defaults_.similar_weights.empty()) {
    ShareAmong(signals_, "collaborative", kCollaborativeShare, &plan->weights);
    ShareAmong(signals_, "content", kContentShare, &plan->weights);
  }
  for (const auto& [signal, weight] : defaults_.similar_weights) Set(signal, weight, &plan->weights);
  QuotasFromWeights(plan.get());
  return plan;
}

}  // namespace signalbox::serve
