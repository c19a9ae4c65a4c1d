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
#include "ports/forwarded_dead_letters.hpp"
#include "process/checkpointer.hpp"

namespace signalbox::app {

// Threads: Open, Recover and Stop from the owner; the parts as their headers say.
// Lifetime: clock and metrics outlive it.
class StateCore {
 public:
  // Between opening the log and looking for a checkpoint.
  using BeforeRestore = std::function<Result<void>(ports::EventLog& log)>;

  // Takes the data directory for itself and opens everything in it.
  // Errors: kConflict when another process has the directory; those of the parts, naming the file,
  //         the signal or the key.
  static Result<std::unique_ptr<StateCore>> Open(const Settings& settings, const Clock& clock,
                                                 ports::Metrics& metrics,
                                                 const BeforeRestore& before_restore = nullptr);
  ~StateCore();

  // Checkpoint, catalogue, log: the state as of the log's present end.
  Result<process::Recovery> Recover(const std::function<void(uint64_t done, uint64_t total)>& progress);

  // Follows log and catalogue.
  void Start();
  // Stops following; with `checkpoint`, writes a last one.
  void Stop(bool checkpoint);

  // Whether dead letters go on to the shared database; they do not at first. Without one: nothing.
  void SendDeadLetters(bool sending);

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
  ports::ForwardedDeadLetters* forwarded_ = nullptr;  // dead_letters_, where they are sent on
  std::map<std::string, Tenant> tenants_;
  process::Tenants slots_;
  std::unique_ptr<process::Processor> processor_;
  std::unique_ptr<process::Checkpointer> checkpointer_;
};

}  // namespace signalbox::app
