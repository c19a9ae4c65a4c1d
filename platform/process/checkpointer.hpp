// State to disk and back: writes checkpoints by time and volume, restores the newest on start.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "process/processor.hpp"

namespace signalbox::process {

struct CheckpointOptions {
  std::string dir;
  int interval_seconds = 60;           // with anything new to keep
  uint64_t every_records = 1'000'000;  // or after so many, whichever comes first
  int keep = 2;
};

// Of several processes that may write checkpoints one after the other: whose turn it is.
struct CheckpointTurn {
  // Grows with every new holder. Checkpoints of a later turn are newer, whatever comes late.
  uint64_t term = 0;
  // Whether the turn lasts; asked before a checkpoint is committed. Any thread.
  std::function<bool()> lasts;
};

// Threads: WriteNow from any (serialised); Start, Stop and Begin from the owner.
// Lifetime: the processor, the tenants and the log outlive it.
class Checkpointer {
 public:
  Checkpointer(CheckpointOptions options, Processor& processor, ports::EventLog& log, Tenants tenants,
               HashKey hash_key, const Clock& clock, ports::Metrics& metrics);
  ~Checkpointer();

  // Freezes (updates stop for at most 50 ms), streams, commits, then lets the log drop what no
  // kept checkpoint needs. A quarantined signal is left out: it learns again at the next start.
  // Errors: kUnavailable (disk); the former checkpoints stay.
  Result<void> WriteNow();

  // Sequences from here on are those of the turn. Without one: the next number, and nobody else writes.
  // Not while started.
  void Begin(CheckpointTurn turn);

  // at_once: with a first checkpoint as soon as possible.
  void Start(bool at_once = false);
  // After the checkpoint at hand, which a turn that is over leaves uncommitted.
  void Stop();

 private:
  struct Frozen;
  bool MayWrite() const { return !turn_.lasts || turn_.lasts(); }
  Result<Frozen> FreezeState();
  Result<void> WriteSections(const Frozen& frozen);
  void Loop();

  CheckpointOptions options_;
  Processor& processor_;
  ports::EventLog& log_;
  Tenants tenants_;
  HashKey hash_key_;
  const Clock& clock_;
  ports::Histogram& pause_seconds_;
  ports::Histogram& write_seconds_;
  ports::Counter& failures_;

  std::mutex write_mutex_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;          // guarded by mutex_
  bool at_once_ = false;           // guarded by mutex_
  uint64_t written_at_count_ = 0;  // guarded by write_mutex_
  CheckpointTurn turn_;            // guarded by write_mutex_
  uint64_t next_sequence_ = 0;     // guarded by write_mutex_; 0 = the next number
  std::thread thread_;
};

// What a start found.
struct Recovery {
  bool from_checkpoint = false;
  uint64_t sequence = 0;
  // "tenant/signal", or a whole "tenant", that the checkpoint could not restore.
  std::vector<std::string> relearnt;
};

// What a checkpoint's state is expressed in: a process that restores it must use the same.
struct CheckpointIdentity {
  HashKey hash_key{};
  std::vector<state::EventType> event_types;  // by index
};

// Of the newest checkpoint; nullopt = there is none.
Result<std::optional<CheckpointIdentity>> ReadCheckpointIdentity(const std::string& dir);

// The configured event types at the indexes that the checkpoint gave them, new ones after those;
// one that is no longer configured keeps its place and weight, for the events in histories.
std::vector<state::EventType> KeepTypeIndexes(const std::vector<state::EventType>& checkpoint,
                                              const std::vector<state::EventType>& configured);

// Restores the newest checkpoint into fresh tenants and the processor, teaches signals that it
// does not fit (new, changed, quarantined when it was written) from the catalogue and the log that
// is retained, and catches up with the catalogue. The log itself is replayed by Processor::Replay.
// Errors: kDataLoss when the log is not the one the checkpoint was made from (truncated, replaced):
//         nothing is reset silently.
Result<Recovery> Recover(const std::string& dir, Processor& processor, const ProcessorDeps& deps);

// Every fact of the state as sorted text lines, ids in place of handles: equal lines, equal state.
// Threads: no update may run.
Result<std::vector<std::string>> CanonicalExport(const Tenants& tenants, const state::Deduplicator& dedup);

}  // namespace signalbox::process
