// Making plans.
#include "serve/plan.hpp"

#include <algorithm>

#include "model/revision.hpp"

namespace signalbox::serve {
namespace {

constexpr uint32_t kDefaultQuota = 100;
constexpr uint32_t kNativeQuota = 200;
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
  plan->rules = declared.rules;
  plan->rules.insert(plan->rules.end(), source.rules.begin(), source.rules.end());
  std::stable_sort(plan->rules.begin(), plan->rules.end(),
                   [](const auto& a, const auto& b) { return a.kind < b.kind; });
  plan->values = std::move(source.values);
  plan->health = std::make_shared<ScriptHealth>();
  plan->safe = WithoutScript(*plan);
  plan->script = std::move(source.script);
  return plan;
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
  // Not a plugin's name: the family.
  if (defaults_.popular_signals.empty()) ShareAmong(signals_, "popularity", 1, &plan->weights);
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
