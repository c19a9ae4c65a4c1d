// Requests in, answers out.
#include "serve/service.hpp"

#include "base/nearest.hpp"
#include "serve/answer_recorder.hpp"

namespace signalbox::serve {
namespace {

Error NoScenario(const Tenant& tenant, const std::string& name) {
  const std::string nearest = Nearest(name, tenant.scenarios());
  Error error = Error(Code::kInvalidArgument, "no such scenario: '" + name + "'").WithField("scenario");
  if (nearest.empty()) return std::move(error).WithHint("leave it out for the default one");
  return std::move(error).WithHint("did you mean '" + nearest + "'?");
}

}  // namespace

Service::Service(ServiceParts parts, ServiceOptions options)
    : parts_(std::move(parts)),
      options_(options),
      own_writes_(parts_.applier, parts_.recent, options.wait_ms),
      cache_(parts_.cache, parts_.metrics) {}

bool Service::KeepsNext() {
  if (parts_.served == nullptr || options_.keep_sample_every == 0) return false;
  return keepable_.fetch_add(1, std::memory_order_relaxed) % options_.keep_sample_every == 0;
}

Result<model::RecommendResponse> Service::Answer(Tenant& tenant, const Plan& plan,
                                                 const model::RecommendRequest& request, bool fresh) {
  const int64_t now_ms = request.now_ms != 0 ? request.now_ms : parts_.clock->now_ms();
  std::string key;
  if (fresh && plan.cache_ms > 0) {
    const EpochDomain::Pin pin(tenant.state().epochs());
    key = cache_.KeyOf(tenant, plan, request, now_ms);
    if (!key.empty()) {
      if (auto kept = cache_.Find(key, tenant, plan, request)) {
        kept->recommendation_id = runner_.NewId();
        return std::move(*kept);
      }
    }
  }
  const uint32_t number = requests_.fetch_add(1, std::memory_order_relaxed);
  const bool sampled = options_.step_sample_every != 0 && number % options_.step_sample_every == 0;
  std::optional<Tape> tape;
  if (request.only_signals.empty() && !request.trace && KeepsNext()) tape = NewTape(tenant, request, now_ms);
  auto response = runner_.Run(tenant, plan, request, now_ms, sampled ? &tenant.steps() : nullptr,
                              tape ? &*tape : nullptr);
  if (!response) return response;
  response->stale = !fresh;
  if (!key.empty()) cache_.Keep(key, plan, *response);
  if (tape) KeepAnswer(*tape, tenant, plan, *response, parts_.served);
  return response;
}

Result<model::RecommendResponse> Service::Recommend(const model::RecommendRequest& request) {
  Tenant* tenant = parts_.tenants(request.tenant);
  if (tenant == nullptr) {
    return Fail(Error(Code::kNotFound, "no such tenant: '" + request.tenant + "'").WithField("X-Tenant-ID"));
  }
  const auto plan = tenant->Find(request.scenario);
  if (plan == nullptr) return Fail(NoScenario(*tenant, request.scenario));
  if (const auto checked = CheckRequest(request); !checked) return Fail(checked.error());
  const bool fresh = request.fresh
                         ? *request.fresh
                         : own_writes_.Wait(request.tenant, request.user, request.session, request.after);

  const int64_t started_us = MonotonicMicros();
  auto response = Answer(*tenant, *plan, request, fresh);
  plan->requests->Add();
  plan->latency->Observe(static_cast<double>(MonotonicMicros() - started_us) * 1e-6);
  return response;
}

}  // namespace signalbox::serve
