// Log to state: applies every partition's records, follows the catalogue, lets signals do their
// upkeep, and tells how far it got.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.hpp"
#include "ports/applier.hpp"
#include "ports/catalogue_store.hpp"
#include "ports/dead_letters.hpp"
#include "ports/event_log.hpp"
#include "ports/metrics.hpp"
#include "process/tenant_pipeline.hpp"
#include "process/tenants.hpp"
#include "state/deduplicator.hpp"

namespace signalbox::process {

struct ProcessorOptions {
  size_t batch_entries = 512;  // of one partition between two chances to pause
  int dedup_window_hours = 24;
  int catalogue_poll_ms = 200;  // how long a change made elsewhere may go unseen
  int64_t maintain_budget_us = 2000;
};

struct ProcessorDeps {
  ports::EventLog& log;
  ports::CatalogueStore& catalogue;
  ports::DeadLetters& dead_letters;
  const Clock& clock;
  ports::Metrics& metrics;
  Tenants tenants;
  HashKey hash_key{};
};

// Where replay and live processing stand, in what a checkpoint must keep besides state.
struct Progress {
  model::Offsets offsets;                // next to apply
  std::vector<uint32_t> last_checksums;  // of the record before it; 0 = none
  std::vector<int64_t> last_append_ms;
};

// Threads: Start and Stop from the owner; everything else from any thread. All writes to state
// happen under one mutex, held for at most a batch, that WithStatePaused takes too.
class Processor final : public ports::Applier {
 public:
  Processor(ProcessorDeps deps, ProcessorOptions options);
  ~Processor() override;

  // Takes over where a checkpoint stood. Before Start.
  void Resume(const Progress& progress);
  state::Deduplicator& deduplicator() { return dedup_; }

  // Brings every tenant's catalogue up to the store's newest epoch. Before Start.
  Result<void> CatchUpCatalogue();

  // Applies everything up to the log's present end on this thread; `progress` is told now and then.
  // Errors: those of the log. Before Start.
  Result<void> Replay(const std::function<void(uint64_t done, uint64_t total)>& progress);

  // Lets every signal do its upkeep until none asks for more, or max_ms passed. Before Start.
  void MaintainUntilIdle(int64_t max_ms);

  void Start();
  // Stops after the batches at hand. Idempotent.
  void Stop();

  // Makes the catalogue follower look at once.
  void NoteCatalogueChange();

  // Runs `body` while no record, catalogue change or upkeep is applied.
  void WithStatePaused(const std::function<void(const Progress&)>& body);

  // The event id was seen within the window.
  bool IsDuplicate(std::string_view tenant, std::string_view event_id) const;
  uint64_t applied_count() const { return applied_count_.load(std::memory_order_relaxed); }
  // The error that keeps a partition from being read now; empty = none. For readiness.
  std::string failure() const;
  // Why the catalogue cannot be followed now; empty = it is. For readiness.
  std::string catalogue_failure() const;

  // Records of the log that are not applied here yet, as last measured (every second).
  uint64_t lag_records() const;

  // ports::Applier
  model::Offsets Applied() const override;
  bool WaitFor(model::LogPosition position, int wait_ms) override;

 private:
  struct Partition;

  Result<void> ApplyBatch(uint32_t partition, const std::vector<ports::LogEntry>& entries);
  void ApplyEntry(uint32_t partition, const ports::LogEntry& entry);
  void NoteApplied(uint32_t partition, uint64_t next);
  // False = the log ends before what was applied.
  bool MeasureLag(uint32_t partition);
  Result<std::unique_ptr<ports::LogReader>> OpenReader(uint32_t partition, bool check);
  void NoteReading(uint32_t partition, const Error* error);
  void FollowPartition(uint32_t partition);
  void Sleep(int ms);
  void FollowCatalogue();
  Result<bool> FollowTenant(const TenantSlot& slot);
  Result<bool> FollowItems(const TenantSlot& slot);
  Result<bool> LoadVectors(const TenantSlot& slot);
  Result<bool> FollowUsers(const TenantSlot& slot);
  Result<void> CheckCatalogue(const TenantSlot& slot);
  void NoteCatalogueFailure(const Error* error);
  bool Maintain(const TenantSlot& slot);
  void Bury(const ports::LogEntry& entry, std::string_view tenant, const Error& error);
  uint64_t EventHash(std::string_view tenant, std::string_view event_id) const;
  ports::Counter& ProcessedCounter(std::string_view type);

  ProcessorDeps deps_;
  ProcessorOptions options_;
  state::Deduplicator dedup_;
  std::map<std::string, std::unique_ptr<TenantPipeline>, std::less<>> pipelines_;

  std::mutex state_mutex_;  // guards all state writes, progress_ and pipelines_
  Progress progress_;
  int64_t told_us_ = INT64_MIN / 2;  // when a dead letter was last told of in the log
  int64_t untold_ = 0;               // since

  mutable std::mutex applied_mutex_;
  std::condition_variable applied_changed_;
  model::Offsets applied_;                                 // guarded by applied_mutex_; what waiters look at
  std::map<uint32_t, std::string> failures_;               // by partition; guarded by applied_mutex_
  std::string catalogue_failure_;                          // guarded by applied_mutex_
  std::set<std::string, std::less<>> checked_catalogues_;  // of the thread that follows

  std::mutex wake_mutex_;
  std::condition_variable wake_;
  bool catalogue_changed_ = false;  // guarded by wake_mutex_

  std::atomic<bool> stopping_{false};
  std::atomic<uint64_t> applied_count_{0};
  std::vector<std::thread> threads_;
  std::map<std::string, ports::Counter*, std::less<>> processed_;
  std::vector<ports::Gauge*> lag_, truncated_;       // per partition
  std::vector<std::atomic<uint64_t>> measured_lag_;  // likewise
  ports::Counter& errors_;
  ports::Counter& duplicates_;
};

}  // namespace signalbox::process
