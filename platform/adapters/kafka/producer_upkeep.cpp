// The thread that may wait.
#include "adapters/kafka/producer_upkeep.hpp"

#include <chrono>
#include <exception>
#include <utility>

#include "base/log.hpp"

namespace signalbox::kafka {
namespace {

constexpr auto kProbeEvery = std::chrono::milliseconds(200);

}  // namespace

void ProducerUpkeep::Start() {
  thread_ = std::thread([this] { Run(); });
}

void ProducerUpkeep::End() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
    wanted_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

void ProducerUpkeep::Tell(ports::EventLog::Done done, Outcome outcome) {
  std::unique_lock lock(mutex_);
  if (!ended_) {
    told_.push_back({std::move(done), std::move(outcome)});
    wanted_.notify_one();
    return;
  }
  lock.unlock();
  done(std::move(outcome));
}

void ProducerUpkeep::Retire(Handle handle, Topic topic) {
  const std::lock_guard lock(mutex_);
  retired_.push_back({std::move(handle), std::move(topic)});
  wanted_.notify_one();
}

void ProducerUpkeep::SetFailure(std::optional<Error> failure, bool refuse) {
  const std::lock_guard lock(mutex_);
  failure_ = std::move(failure);
  refusing_ = failure_ && (refuse || refusing_);
  if (failure_) wanted_.notify_one();
}

std::optional<Error> ProducerUpkeep::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

void ProducerUpkeep::AwaitWork(std::unique_lock<std::mutex>& lock, Time* probe_at) {
  const auto awaited = [this] { return ends_ || !told_.empty() || !retired_.empty(); };
  if (failure_) {
    wanted_.wait_until(lock, *probe_at, awaited);
    return;
  }
  wanted_.wait(lock, [&] { return awaited() || failure_; });
  *probe_at = std::chrono::steady_clock::now() + kProbeEvery;
}

void ProducerUpkeep::Run() {
  auto probe_at = std::chrono::steady_clock::now();
  std::unique_lock lock(mutex_);
  while (!ends_ || !told_.empty()) {
    if (told_.empty()) AwaitWork(lock, &probe_at);
    std::deque<Told> told;
    told.swap(told_);
    std::vector<Retired> retired;
    retired.swap(retired_);
    const bool probe = failure_ && !ends_ && std::chrono::steady_clock::now() >= probe_at;
    lock.unlock();
    for (auto& one : told) {
      try {
        one.done(std::move(one.outcome));
      } catch (const std::exception& error) {
        LogError("a callback of the event log threw", {{"what", std::string(error.what())}});
      }
    }
    retired.clear();
    if (probe) {
      if (probe_()) {
        LogInfo("the Kafka brokers answer again");
        SetFailure(std::nullopt, false);
      }
      probe_at = std::chrono::steady_clock::now() + kProbeEvery;
    }
    lock.lock();
  }
  ended_ = true;
}

}  // namespace signalbox::kafka
