// The heart of a node without its sockets: log, catalogue, tenants, processor, checkpoints.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "adapters/postgres/database.hpp"
#include "adapters/sqlite/directory_lock.hpp"
#include "app/config/config.hpp"
#include "process/checkpointer.hpp"

namespace signalbox::app {

// Threads: Open, Recover and Stop from the owner; the parts as their headers say.
// Lifetime: clock and metrics outlive it.
class StateCore {
 public:
  // Takes the data directory for itself and opens everything in it.
  // Errors: kConflict when another process has the directory; those of the parts, naming the file,
  //         the signal or the key.
  static Result<std::unique_ptr<StateCore>> Open(const Settings& settings, const Clock& clock,
                                                 ports::Metrics& metrics);
  ~StateCore();

  // Checkpoint, catalogue, log: the state as of the log's present end.
  Result<process::Recovery> Recover(const std::function<void(uint64_t done, uint64_t total)>& progress);

  // Follows log and catalogue; writes checkpoints if asked to.
  void Start(bool checkpoints);
  // Stops following; with `checkpoint`, writes a last one.
  void Stop(bool checkpoint);

  ports::EventLog& log() { return *log_; }
  ports::CatalogueStore& catalogue() { return *catalogue_; }
  process::Processor& processor() { return *processor_; }
  process::Checkpointer& checkpointer() { return *checkpointer_; }
  // Null where the control store is embedded.
  const postgres::Database* database() const { return database_.get(); }
  std::shared_ptr<postgres::Database> shared_database() const { return database_; }
  const process::Tenants& tenants() const { return slots_; }
  const state::EventTypes& types() const { return types_; }
  Result<std::vector<std::string>> Export() const;
  size_t memory_bytes() const;

 private:
  struct Tenant {
    std::unique_ptr<state::TenantState> state;
    std::unique_ptr<signals::SignalSet> signals;
  };

  StateCore(const Settings& settings, const Clock& clock, ports::Metrics& metrics,
            sqlite::DirectoryLock lock);
  Result<void> OpenStores();
  Result<void> OpenCatalogue();
  Result<void> OpenIdentity();
  Result<void> OpenTenants();
  process::ProcessorDeps Deps();

  // Declared so that what is used by others is destroyed after them.
  Settings settings_;
  const Clock& clock_;
  ports::Metrics& metrics_;
  sqlite::DirectoryLock lock_;
  HashKey hash_key_{};
  state::EventTypes types_;
  EpochDomain epochs_;
  std::shared_ptr<postgres::Database> database_;  // null = embedded
  std::unique_ptr<ports::EventLog> log_;
  std::unique_ptr<ports::CatalogueStore> catalogue_;
  std::unique_ptr<ports::DeadLetters> dead_letters_;
  std::map<std::string, Tenant> tenants_;
  process::Tenants slots_;
  std::unique_ptr<process::Processor> processor_;
  std::unique_ptr<process::Checkpointer> checkpointer_;
  bool checkpoints_ = false;
};

}  // namespace signalbox::app
