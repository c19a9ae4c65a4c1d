// Plans in force: an immutable map that is replaced as a whole.
#include "serve/tenant.hpp"

#include <absl/time/time.h>
#include <set>

#include "base/clock.hpp"
#include "base/log.hpp"

namespace signalbox::serve {
namespace {

constexpr int64_t kLogEveryUs = 1'000'000;

std::vector<std::string> NamesOf(const signals::SignalSet& signals) {
  std::vector<std::string> names;
  for (size_t i = 0; i < signals.size(); ++i) names.push_back(signals.at(i).name());
  return names;
}

}  // namespace

struct Tenant::Zone {
  absl::TimeZone zone;
  bool utc = false;
};

Result<void> CheckTimeZone(const std::string& name) {
  absl::TimeZone zone;
  if (absl::LoadTimeZone(name, &zone)) return {};
  return Fail(Error(Code::kInvalidArgument, "there is no time zone '" + name + "'")
                  .WithField("tenants.time_zone")
                  .WithHint("give an IANA name such as Europe/Berlin, or UTC"));
}

Tenant::Tenant(TenantParts parts, ports::Metrics& metrics)
    : parts_(std::move(parts)),
      metrics_(metrics),
      maker_(*parts_.signals, parts_.defaults),
      signal_names_(NamesOf(*parts_.signals)),
      zone_([this] {
        auto zone = std::make_unique<Zone>();
        if (!absl::LoadTimeZone(parts_.time_zone, &zone->zone)) zone->zone = absl::UTCTimeZone();
        zone->utc = zone->zone == absl::UTCTimeZone();
        return zone;
      }()),
      eligibility_(*parts_.state),
      steps_(metrics, signal_names_),
      popular_(maker_.Popular("popular")) {
  Publish(std::make_unique<const Plans>(Natives()));
  std::vector<PlanSource> sources;
  for (const auto& [name, script] : parts_.scenarios) sources.push_back({name, 1, script, {}, {}});
  PutInForce(std::move(sources));
}

// Nobody reads any more.
Tenant::~Tenant() { delete plans_.load(); }

Tenant::Plans Tenant::Natives() const {
  Plans natives;
  for (const auto& plan : {maker_.Native(parts_.default_scenario), maker_.Popular("popular"),
                           maker_.Popular("trending"), maker_.Similar()}) {
    Register(plan.get());
    natives[plan->name] = plan;
  }
  return natives;
}

void Tenant::Register(Plan* plan) const {
  const ports::Labels labels = {{"scenario", plan->name}};
  plan->requests =
      &metrics_.GetCounter("recommendation_requests_total", "Requests for recommendations", labels);
  plan->script_errors = &metrics_.GetCounter("signalbox_script_errors_total",
                                             "Requests answered without their script, which failed", labels);
  plan->latency = &metrics_.GetHistogram("recommendation_latency_seconds", "Time to make recommendations",
                                         ports::kLatencyBuckets, labels);
}

void Tenant::Publish(std::unique_ptr<const Plans> plans) {
  std::set<std::string, std::less<>> in_use;
  vectors_.clear();
  for (const auto& [name, plan] : *plans) {
    in_use.insert(plan->where.key());
    vectors_.merge(plan->vectors());
  }
  parts_.state->catalogue().KeepVectors(vectors_);
  const Plans* former = plans_.exchange(plans.release(), std::memory_order_acq_rel);
  eligibility_.KeepOnly(in_use);
  if (former == nullptr) return;
  auto& epochs = parts_.state->epochs();
  epochs.Retire(const_cast<Plans*>(former), [](void* memory) { delete static_cast<const Plans*>(memory); });
  epochs.Collect();
}

std::shared_ptr<const Plan> Tenant::MakePlan(PlanSource source) {
  auto plan = maker_.FromScript(std::move(source));
  const std::lock_guard lock(publishing_);
  vectors_.merge(plan->vectors());
  parts_.state->catalogue().KeepVectors(vectors_);
  return plan;
}

void Tenant::PutInForce(std::vector<PlanSource> sources) {
  std::vector<std::shared_ptr<const Plan>> made;
  for (auto& source : sources) {
    auto plan = maker_.FromScript(std::move(source));
    Register(plan.get());
    auto safe = std::make_shared<Plan>(*plan->safe);
    Register(safe.get());
    plan->safe = std::move(safe);
    made.push_back(std::move(plan));
  }
  const std::lock_guard lock(publishing_);
  auto plans = std::make_unique<Plans>(*plans_.load(std::memory_order_relaxed));
  for (auto& plan : made) (*plans)[plan->name] = std::move(plan);
  Publish(std::move(plans));
}

void Tenant::Retire(std::string_view scenario) {
  const std::lock_guard lock(publishing_);
  auto plans = std::make_unique<Plans>(*plans_.load(std::memory_order_relaxed));
  const auto found = plans->find(scenario);
  if (found == plans->end()) return;
  Plans natives = Natives();
  if (const auto native = natives.find(scenario); native != natives.end()) {
    found->second = native->second;
  } else {
    plans->erase(found);
  }
  Publish(std::move(plans));
}

std::shared_ptr<const Plan> Tenant::Find(std::string_view scenario) const {
  const EpochDomain::Pin pin(parts_.state->epochs());
  const Plans& plans = *plans_.load(std::memory_order_acquire);
  const auto found = plans.find(scenario.empty() ? std::string_view(parts_.default_scenario) : scenario);
  if (found == plans.end()) return nullptr;
  const auto& plan = found->second;
  return safe_mode_.load(std::memory_order_relaxed) && plan->safe != nullptr ? plan->safe : plan;
}

int64_t Tenant::ZoneOffsetMs(int64_t now_ms) const {
  if (zone_->utc) return 0;
  return int64_t{1000} * zone_->zone.At(absl::FromUnixMillis(now_ms)).offset;
}

int Tenant::ColumnOf(const Plan& plan, std::string_view name) const {
  const int signal = parts_.signals->Find(name);
  if (signal >= 0 || !plan.history || name != kHistorySource) return signal;
  return static_cast<int>(signal_names_.size());
}

std::vector<std::string> Tenant::scenarios() const {
  const EpochDomain::Pin pin(parts_.state->epochs());
  std::vector<std::string> names;
  for (const auto& [name, plan] : *plans_.load(std::memory_order_acquire)) names.push_back(name);
  return names;
}

std::map<std::string, std::string> Tenant::Running() const {
  const EpochDomain::Pin pin(parts_.state->epochs());
  std::map<std::string, std::string> running;
  for (const auto& [name, plan] : *plans_.load(std::memory_order_acquire)) {
    if (plan->script != nullptr) running[name] = plan->revision;
  }
  return running;
}

bool Tenant::MayLogScriptError() {
  int64_t logged_us = script_error_logged_us_.load(std::memory_order_relaxed);
  const int64_t now_us = MonotonicMicros();
  return now_us - logged_us >= kLogEveryUs &&
         script_error_logged_us_.compare_exchange_strong(logged_us, now_us);
}

void Tenant::CountScriptError(const Plan& plan, std::string_view reason, std::string_view hint) {
  if (plan.script_errors == nullptr) return;  // a draft
  plan.script_errors->Add();
  if (!MayLogScriptError()) return;
  LogWarn("a script failed; answering without what failed", {{"tenant", parts_.state->name()},
                                                             {"scenario", plan.name},
                                                             {"revision", plan.revision},
                                                             {"error", std::string(reason)},
                                                             {"hint", std::string(hint)}});
}

void Tenant::ScriptFailed(const Plan& plan, const Error& error, int64_t now_ms) {
  CountScriptError(plan, error.message(), error.hint());
  if (plan.script_errors == nullptr || parts_.on_failing == nullptr || plan.health == nullptr) return;
  if (!plan.health->Fault(now_ms)) return;
  LogError("a script fails too often; its scenario is answered natively until another revision is in force",
           {{"tenant", parts_.state->name()}, {"scenario", plan.name}, {"revision", plan.revision}});
  parts_.on_failing(parts_.state->name(), plan.name, plan.number);
}

}  // namespace signalbox::serve
