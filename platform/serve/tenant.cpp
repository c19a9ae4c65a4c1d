// Making plans.
#include "serve/tenant.hpp"

#include <algorithm>

#include "base/clock.hpp"

namespace signalbox::serve {
namespace {

constexpr int64_t kLogEveryUs = 1'000'000;
constexpr uint32_t kDefaultQuota = 100;
constexpr uint32_t kNativeQuota = 200;
constexpr double kCollaborativeShare = 0.6, kContentShare = 0.4;

std::vector<std::string> NamesOf(const signals::SignalSet& signals) {
  std::vector<std::string> names;
  for (size_t i = 0; i < signals.size(); ++i) names.push_back(signals.at(i).name());
  return names;
}

// Gives `share` in equal parts to the signals of a family.
void ShareAmong(const signals::SignalSet& signals, std::string_view family, double share,
                std::vector<double>* weights) {
  std::vector<size_t> members;
  for (size_t i = 0; i < signals.size(); ++i) {
    if (signals.at(i).family() == family) members.push_back(i);
  }
  for (const size_t i : members) (*weights)[i] = share / static_cast<double>(members.size());
}

}  // namespace

Tenant::Tenant(TenantParts parts, ports::Metrics& metrics)
    : parts_(std::move(parts)),
      signal_names_(NamesOf(*parts_.signals)),
      eligibility_(*parts_.state),
      steps_(metrics, signal_names_),
      popular_(PopularPlan("popular")) {
  plans_.emplace("popular", popular_);
  plans_.emplace("trending", PopularPlan("trending"));
  plans_.emplace("similar", SimilarPlan());
  for (const auto& [name, script] : parts_.scenarios) plans_[name] = PlanOf(name, script);
  for (auto& [name, plan] : plans_) Register(&plan, metrics);
}

void Tenant::Register(Plan* plan, ports::Metrics& metrics) const {
  const ports::Labels labels = {{"scenario", plan->name}};
  plan->requests =
      &metrics.GetCounter("recommendation_requests_total", "Requests for recommendations", labels);
  plan->script_errors = &metrics.GetCounter("signalbox_script_errors_total",
                                            "Requests answered without their script, which failed", labels);
  plan->latency = &metrics.GetHistogram("recommendation_latency_seconds", "Time to make recommendations",
                                        ports::kLatencyBuckets, labels);
}

Plan Tenant::PlanOf(const std::string& name, std::shared_ptr<const scripting::Scenario> script) const {
  const auto& declared = script->declaration();
  const auto& signals = *parts_.signals;
  Plan plan{name, name + "@1", script, declared.where, {}, {}};
  plan.quotas.assign(signals.size(), declared.candidates.empty() ? kDefaultQuota : 0);
  for (const auto& [signal, quota] : declared.candidates) {
    if (const int index = signals.Find(signal); index >= 0) plan.quotas[static_cast<size_t>(index)] = quota;
  }
  const double same = signals.size() == 0 ? 0 : 1 / static_cast<double>(signals.size());
  plan.weights.assign(signals.size(), parts_.default_weights.empty() ? same : 0);
  for (const auto& [signal, weight] : parts_.default_weights) {
    if (const int index = signals.Find(signal); index >= 0) plan.weights[static_cast<size_t>(index)] = weight;
  }
  return plan;
}

Plan Tenant::PopularPlan(const std::string& name) const {
  const auto& signals = *parts_.signals;
  Plan plan{name, name + "@1", nullptr, {}, {}, {}};
  plan.weights.assign(signals.size(), 0);
  if (parts_.popular_signals.empty()) {
    ShareAmong(signals, "popularity", 1, &plan.weights);  // not a plugin: the family
  }
  for (const auto& signal : parts_.popular_signals) {
    const double weight = 1 / static_cast<double>(parts_.popular_signals.size());
    if (const int index = signals.Find(signal); index >= 0) plan.weights[static_cast<size_t>(index)] = weight;
  }
  for (const double weight : plan.weights) plan.quotas.push_back(weight > 0 ? kNativeQuota : 0);
  return plan;
}

Plan Tenant::SimilarPlan() const {
  const auto& signals = *parts_.signals;
  Plan plan{"similar", "similar@1", nullptr, {}, {}, {}};
  plan.needs_context = true;
  plan.weights.assign(signals.size(), 0);
  if (parts_.similar_weights.empty()) {
    ShareAmong(signals, "collaborative", kCollaborativeShare, &plan.weights);
    ShareAmong(signals, "content", kContentShare, &plan.weights);
  }
  for (const auto& [signal, weight] : parts_.similar_weights) {
    if (const int index = signals.Find(signal); index >= 0) plan.weights[static_cast<size_t>(index)] = weight;
  }
  for (const double weight : plan.weights) plan.quotas.push_back(weight > 0 ? kNativeQuota : 0);
  return plan;
}

const Plan* Tenant::Find(std::string_view scenario) const {
  const auto found = plans_.find(scenario.empty() ? std::string_view(parts_.default_scenario) : scenario);
  return found == plans_.end() ? nullptr : &found->second;
}

bool Tenant::MayLogScriptError() {
  int64_t logged_us = script_error_logged_us_.load(std::memory_order_relaxed);
  const int64_t now_us = MonotonicMicros();
  return now_us - logged_us >= kLogEveryUs &&
         script_error_logged_us_.compare_exchange_strong(logged_us, now_us);
}

std::vector<std::string> Tenant::scenarios() const {
  std::vector<std::string> names;
  for (const auto& [name, plan] : plans_) names.push_back(name);
  return names;
}

}  // namespace signalbox::serve
