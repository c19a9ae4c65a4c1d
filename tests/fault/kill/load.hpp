// Visitors, logins, deletions and catalogue writes from several threads, as long as a node lives
// and whenever it comes back.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "ledger.hpp"

namespace signalbox::fault {

struct LoadOptions {
  int threads = 4;
  uint64_t seed = 0;
  std::string name = "w";  // begins every name it makes: loads on one cluster have different ones
  bool asks = true;        // also for recommendations, of the node that it writes to
};

// Every request is sent again until it is answered 202 (an event with the same event_id), so when
// the load has stopped, the ledger holds all that was ever sent.
//
// Threads: SetPort, Stop and failures from any. Requires: the node answers while Stop waits.
class Load {
 public:
  Load(Ledger& ledger, LoadOptions options);
  // Leaves unanswered what is not answered yet.
  ~Load();

  // Where the node listens now; 0 = nowhere.
  void SetPort(uint16_t port) { port_ = port; }
  // Waits until what was begun is answered. Idempotent.
  void Stop();

  // Answers that a correct node never gives; empty = none.
  std::vector<std::string> failures() const;
  uint64_t requests() const { return requests_; }
  uint64_t retries() const { return retries_; }

 private:
  class Worker;

  void Note(std::string failure);
  // No use in trying on: given up, or too much has gone wrong.
  bool hopeless() const;

  Ledger& ledger_;
  const LoadOptions options_;
  std::atomic<uint16_t> port_{0};
  std::atomic<bool> stopping_{false}, given_up_{false};
  std::atomic<uint64_t> requests_{0}, retries_{0};
  mutable std::mutex mutex_;
  std::vector<std::string> failures_;  // guarded by mutex_
  std::vector<std::thread> threads_;
};

}  // namespace signalbox::fault
