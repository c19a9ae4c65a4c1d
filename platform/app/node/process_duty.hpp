// What only one process node of a cluster may do: checkpoints, dead letters, the archive, retention.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "adapters/postgres/database.hpp"
#include "adapters/postgres/postgres_event_archive.hpp"
#include "adapters/postgres/postgres_leases.hpp"
#include "app/node/readiness.hpp"
#include "app/node/state_core.hpp"
#include "process/archiver.hpp"
#include "process/lease_keeper.hpp"

namespace signalbox::app {

// Where log and database are shared, a node is on duty while it holds the lease "process" of the
// database, and a standby otherwise: it follows the log all the same and writes nothing that others
// read. Elsewhere it is always on duty.
//
// Threads: Make, Start and Stop from the owner, the rest from any.
class ProcessDuty {
 public:
  // node: the process's name, for the lease. Lifetime: core and metrics outlive it.
  // Errors: kInvalidArgument naming DATABASE_URL.
  static Result<std::unique_ptr<ProcessDuty>> Make(const Settings& settings, StateCore& core,
                                                   ports::Metrics& metrics, const std::string& node);
  ~ProcessDuty();

  void Start();
  // The core stops following the log; on duty, it writes a last checkpoint. Then the lease is given up,
  // so that a standby need not wait until it ends. Idempotent.
  void Stop();

  // Adds "process": {"role": "active" | "standby", "standing_by"?} to the report, and the archive to
  // its dependencies. This outlives the readiness's reports.
  void AddTo(Readiness& readiness) const;

 private:
  ProcessDuty(StateCore& core, ports::Metrics& metrics);
  bool on_duty() const { return !keeper_ || keeper_->held(); }
  void Begin();
  void End();

  StateCore& core_;
  ports::Gauge& active_;
  std::shared_ptr<postgres::Database> archive_database_;
  std::unique_ptr<postgres::PostgresEventArchive> archive_;
  std::unique_ptr<process::Archiver> archiver_;  // null = no archive
  std::unique_ptr<postgres::PostgresLeases> leases_;
  std::mutex work_mutex_;                         // held while the work begins or ends
  bool stopped_ = false;                          // guarded by work_mutex_
  std::unique_ptr<process::LeaseKeeper> keeper_;  // null = nobody else; its thread uses what is above
};

}  // namespace signalbox::app
