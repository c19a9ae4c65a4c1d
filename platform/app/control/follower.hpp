// Keeps what this process serves equal to what is in force in the control store.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.hpp"
#include "ports/control_store.hpp"
#include "ports/metrics.hpp"
#include "ports/scenario_runtime.hpp"

namespace signalbox::app {

struct FollowerOptions {
  std::string node = "node";  // its name in the store
  std::string roles;
  bool runs_plans = false;  // does planned publishes that are due
  int poll_ms = 500;        // with a publish's own time well within the 2 s that are promised
  int report_every_ms = 5000;
  std::function<void()> before_sync = nullptr;  // of every round in the background: watching a folder
  // Pruned once an hour where plans are run.
  std::vector<std::string> tenants = {};
  ports::Retention retention = {};
};

struct FollowerStatus {
  uint64_t epoch = 0;  // every change up to it was taken
  bool safe_mode = false;
  std::string store_error;                      // why the store could not be asked last; empty = all well
  std::map<std::string, std::string> problems;  // "home@7" -> why it does not run here
  std::vector<std::string> reverts;             // the last 20: "home@7 failed; home@6 is in force again"
};

// Where the store is away, what is in force here goes on. A revision that does not compile here does not
// take effect: what was in force goes on; at the start, the newest earlier one that compiles does.
//
// Threads: any. Lifetime: shorter than what it is given.
class ControlFollower {
 public:
  ControlFollower(ports::ControlStore& store, ports::ScenarioRuntime& runtime, const Clock& clock,
                  ports::Metrics& metrics, FollowerOptions options);
  ~ControlFollower();

  // Takes what changed since the last time, now. One at a time; a caller waits for another's.
  void Sync();

  // One round of the background's work: reverts, plans, changes, the report.
  void RunOnce();
  // Does a round at once and then every poll_ms, on a thread of its own, until Stop.
  void Start();
  void Stop();

  // A script fails too often here: the last good revision is put back in force. Returns at once.
  void NoteFailing(const std::string& tenant, const std::string& scenario, uint64_t number);

  FollowerStatus status() const;

 private:
  // Whether the change took effect, for good or bad; false = try again.
  enum class Outcome { kDone, kWaits, kUnavailable };
  Outcome Apply(const ports::InForce& change, bool last_try);
  bool ApplyEarlier(const ports::InForce& change);
  void ApplyPending();
  void RevertFailing();
  void Prune();
  void Report();
  void NoteStore(const Error* error);
  void Run();

  ports::ControlStore& store_;
  ports::ScenarioRuntime& runtime_;
  const Clock& clock_;
  const FollowerOptions options_;
  ports::Metrics& metrics_;

  std::mutex sync_mutex_;  // held for a whole Sync
  uint64_t epoch_ = 0;     // guarded by sync_mutex_, as the next two
  std::map<model::ObjectName, ports::InForce> pending_;
  std::map<model::ObjectName, ports::InForce> broken_;  // do not compile here; tried again after changes

  mutable std::mutex mutex_;
  FollowerStatus status_;                // guarded by mutex_, as all below
  std::deque<model::Revision> failing_;  // object and number only
  int64_t reported_ms_ = INT64_MIN / 2;
  int64_t pruned_ms_ = INT64_MIN / 2;  // of the background's rounds
  bool stopping_ = false;
  std::condition_variable wake_;
  std::thread thread_;
};

}  // namespace signalbox::app
