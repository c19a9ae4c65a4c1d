// What a producer does beside producing, on a thread of its own.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "adapters/kafka/client.hpp"
#include "ports/event_log.hpp"

namespace signalbox::kafka {

// Tells callers what must not be told on the thread they are found out on, ends producers that were
// exchanged, and asks the brokers now and then whether they are back.
//
// Threads: any for the public members; Start and End from the owner.
class ProducerUpkeep {
 public:
  using Outcome = Result<std::vector<model::LogPosition>>;

  // probe: whether the brokers answer; called from the thread while there is a failure.
  explicit ProducerUpkeep(std::function<Result<void>()> probe) : probe_(std::move(probe)) {}
  ~ProducerUpkeep() { End(); }

  void Start();
  // Returns when everybody has been told. Idempotent.
  void End();

  // Calls done(outcome) soon; here and now after End.
  void Tell(ports::EventLog::Done done, Outcome outcome);
  // Ends the producer, which may take a while.
  void Retire(Handle handle, Topic topic);

  // Why appends cannot succeed; nullopt = they can. refuse: not even taken, until that is over.
  void SetFailure(std::optional<Error> failure, bool refuse);
  std::optional<Error> failure() const;
  bool refusing() const { return refusing_; }

 private:
  struct Told {
    ports::EventLog::Done done;
    Outcome outcome;
  };
  struct Retired {
    Handle handle;
    Topic topic;  // ends first
  };
  using Time = std::chrono::steady_clock::time_point;

  void Run();
  void AwaitWork(std::unique_lock<std::mutex>& lock, Time* probe_at);

  const std::function<Result<void>()> probe_;
  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable wanted_;
  std::deque<Told> told_;
  std::vector<Retired> retired_;
  std::optional<Error> failure_;
  bool ends_ = false, ended_ = false;
  std::atomic<bool> refusing_{false};
  std::thread thread_;  // the owner's
};

}  // namespace signalbox::kafka
