// Pooled memory, ids of answers.
#include "serve/plan_runner.hpp"

#include <bit>
#include <cstring>

#include "base/clock.hpp"
#include "base/hash.hpp"
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

}  // namespace

Result<void> CheckRequest(const model::RecommendRequest& request) {
  if (request.count >= 1 && request.count <= kMaxCount) return {};
  return Fail(Error(Code::kInvalidArgument, "count must be from 1 to 100")
                  .WithField("count")
                  .WithHint("leave it out for the default"));
}

struct PlanRunner::Worker {
  Scratch scratch;
  IdSource ids;
};

PlanRunner::PlanRunner() = default;
PlanRunner::~PlanRunner() = default;

std::unique_ptr<PlanRunner::Worker> PlanRunner::Take() {
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

void PlanRunner::Give(std::unique_ptr<Worker> worker) {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(worker));
}

std::string PlanRunner::NewId() {
  auto worker = Take();
  std::string id = worker->ids.Next();
  Give(std::move(worker));
  return id;
}

Result<model::RecommendResponse> PlanRunner::Run(Tenant& tenant, const Plan& plan,
                                                 const model::RecommendRequest& request, int64_t now_ms,
                                                 const StepMetrics* steps, Tape* tape) {
  StepTimer timer(steps);
  auto worker = Take();
  Result<model::RecommendResponse> response = [&]() -> Result<model::RecommendResponse> {
    const EpochDomain::Pin pin(tenant.state().epochs());
    Pipeline pipeline(tenant, plan, request, now_ms, worker->scratch, timer, tape);
    const int64_t started_us = MonotonicMicros();
    if (const auto run = pipeline.Run(); !run) return Fail(run.error());
    if (tape != nullptr && !tape->playing) {
      if (pipeline.script_failed()) {
        *tape = Tape();
      } else {
        tape->Collect(tenant.state(), *worker->scratch.facts.catalogue);
      }
    }
    auto answer = pipeline.Respond(worker->ids.Next());
    if (answer.trace) answer.trace->micros = MonotonicMicros() - started_us;
    return answer;
  }();
  Give(std::move(worker));
  return response;
}

}  // namespace signalbox::serve
