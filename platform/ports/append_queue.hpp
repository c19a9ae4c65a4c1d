// Group commit: gathers the appends of many callers for one writer thread.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "ports/event_log.hpp"

namespace signalbox::ports {

struct AppendLimits {
  size_t queue_bytes = size_t{64} << 20;  // taken and not yet completed
  size_t queue_records = 100'000;
  size_t group_bytes = size_t{4} << 20;  // one commit, unless a single batch is larger
  size_t group_records = 16'384;
};

// What an EventLog that has one writer is built on. While the writer commits one group the next
// one gathers, so the cost of a commit is shared by whoever came meanwhile, without a timer.
//
// Threads: Append from any; one thread of the queue writes, another completes, so that callers'
//          `done` never delays the next commit.
class AppendQueue {
 public:
  using Positions = std::vector<model::LogPosition>;
  struct Pending {
    std::vector<AppendRequest> batch;
    EventLog::Done done;
    size_t bytes = 0;
  };
  // Makes the group durable; fills one element of *positions per batch. All of the group, or none.
  using WriteGroup =
      std::function<Result<void>(std::span<const Pending> group, std::vector<Positions>* positions)>;
  // Upkeep on the writer thread after each group and when due; `idle` says that nothing waits.
  // Returns after how many milliseconds it wants to be called again; negative = after the next group.
  using Housekeep = std::function<int(bool idle)>;

  AppendQueue(AppendLimits limits, WriteGroup write, Housekeep housekeep = nullptr);
  ~AppendQueue();
  AppendQueue(const AppendQueue&) = delete;
  AppendQueue& operator=(const AppendQueue&) = delete;

  // EventLog::Append. Never blocks; `done` is called from the completing thread, after Close from here.
  void Append(std::vector<AppendRequest> batch, EventLog::Done done);

  // Writes and completes all that was taken; later appends fail with kUnavailable. Not from a `done`.
  void Close();

 private:
  struct Completion {
    EventLog::Done done;
    Result<Positions> result;
    size_t bytes = 0;
    size_t records = 0;
  };
  Result<void> Admit(const std::vector<AppendRequest>& batch, size_t bytes) const;
  std::vector<Pending> TakeGroup();
  void WriteLoop();
  void CompleteLoop();
  void Call(std::vector<Completion> completions);
  void Complete(std::vector<Completion> completions);

  const AppendLimits limits_;
  const WriteGroup write_;
  const Housekeep housekeep_;

  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<Pending> waiting_;  // guarded by mutex_
  size_t bytes_ = 0;             // taken and not completed; guarded by mutex_
  size_t records_ = 0;           // likewise
  bool closing_ = false;         // guarded by mutex_

  std::mutex completion_mutex_;
  std::condition_variable completed_;
  std::vector<Completion> completions_;  // guarded by completion_mutex_
  bool writer_ended_ = false;            // guarded by completion_mutex_
  bool completer_ended_ = false;         // guarded by completion_mutex_

  std::mutex close_mutex_;
  std::thread writer_;
  std::thread completer_;
};

}  // namespace signalbox::ports
