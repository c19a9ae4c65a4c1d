// Requests in, answers out.
#include "serve/service.hpp"

#include <bit>
#include <cstring>

#include "base/hash.hpp"
#include "base/nearest.hpp"
#include "serve/pipeline.hpp"

namespace signalbox::serve {
namespace {

constexpr uint32_t kMaxCount = 100;

// xoroshiro128++ (Blackman, Vigna 2019), seeded once from the system: ids that do not collide and
// cost nothing. They are not secrets.
class IdSource {
 public:
  IdSource() {
    const HashKey seed = RandomHashKey();
    std::memcpy(state_, seed.data(), sizeof state_);
  }
  std::string Next() {
    constexpr char kHex[] = "0123456789abcdef";
    std::string id(32, '0');
    for (size_t half = 0; half < 2; ++half) {
      uint64_t bits = Step();
      for (size_t digit = 0; digit < 16; ++digit, bits >>= 4) id[half * 16 + digit] = kHex[bits & 15];
    }
    return id;
  }

 private:
  uint64_t Step() {
    const uint64_t a = state_[0], b = state_[1] ^ a;
    const uint64_t result = std::rotl(a + state_[1], 17) + a;
    state_[0] = std::rotl(a, 49) ^ b ^ (b << 21);
    state_[1] = std::rotl(b, 28);
    return result;
  }
  uint64_t state_[2];
};

Result<void> Check(const model::RecommendRequest& request) {
  if (request.count >= 1 && request.count <= kMaxCount) return {};
  return Fail(Error(Code::kInvalidArgument, "count must be from 1 to 100")
                  .WithField("count")
                  .WithHint("leave it out for the default"));
}

Error NoScenario(const Tenant& tenant, const std::string& name) {
  const std::string nearest = Nearest(name, tenant.scenarios());
  Error error = Error(Code::kInvalidArgument, "no such scenario: '" + name + "'").WithField("scenario");
  if (nearest.empty()) return std::move(error).WithHint("leave it out for the default one");
  return std::move(error).WithHint("did you mean '" + nearest + "'?");
}

}  // namespace

struct Service::Worker {
  Scratch scratch;
  IdSource ids;
};

Service::Service(ServiceParts parts, ServiceOptions options)
    : parts_(std::move(parts)),
      options_(options),
      own_writes_(parts_.applier, parts_.recent, options.wait_ms) {}
Service::~Service() = default;

std::unique_ptr<Service::Worker> Service::Take() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto worker = std::move(idle_.back());
      idle_.pop_back();
      return worker;
    }
  }
  return std::make_unique<Worker>();
}

void Service::Give(std::unique_ptr<Worker> worker) {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(worker));
}

Result<model::RecommendResponse> Service::Recommend(const model::RecommendRequest& request) {
  Tenant* tenant = parts_.tenants(request.tenant);
  if (tenant == nullptr) {
    return Fail(Error(Code::kNotFound, "no such tenant: '" + request.tenant + "'").WithField("X-Tenant-ID"));
  }
  const Plan* plan = tenant->Find(request.scenario);
  if (plan == nullptr) return Fail(NoScenario(*tenant, request.scenario));
  if (const auto checked = Check(request); !checked) return Fail(checked.error());
  const bool fresh = own_writes_.Wait(request.tenant, request.user, request.session, request.after);

  const int64_t started_us = MonotonicMicros();
  const uint32_t number = requests_.fetch_add(1, std::memory_order_relaxed);
  const bool sampled = options_.step_sample_every != 0 && number % options_.step_sample_every == 0;
  StepTimer timer(sampled ? &tenant->steps() : nullptr);
  auto worker = Take();
  Result<model::RecommendResponse> response = [&]() -> Result<model::RecommendResponse> {
    const EpochDomain::Pin pin(tenant->state().epochs());
    const int64_t now_ms = request.now_ms != 0 ? request.now_ms : parts_.clock->now_ms();
    Pipeline pipeline(*tenant, *plan, request, now_ms, worker->scratch, timer);
    if (const auto run = pipeline.Run(); !run) return Fail(run.error());
    return pipeline.Respond(worker->ids.Next());
  }();
  Give(std::move(worker));
  plan->requests->Add();
  plan->latency->Observe(static_cast<double>(MonotonicMicros() - started_us) * 1e-6);
  if (response) response->stale = !fresh;
  return response;
}

}  // namespace signalbox::serve
