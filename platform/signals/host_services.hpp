// What one instance's plugin may ask of the host: the sb_host table and the managed tables behind it.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/epoch.hpp"
#include "ports/item_index.hpp"
#include "ports/metrics.hpp"
#include "signalbox/plugin_abi.h"
#include "signals/tables/table.hpp"

namespace signalbox::signals {

// Stays where it is: the plugin keeps pointers into it. Threads: as sb_host says.
class HostServices {
 public:
  HostServices(std::string signal, const ports::ItemIndex& items, const Clock& clock, EpochDomain& epochs,
               ports::Metrics& metrics);
  ~HostServices();
  HostServices(const HostServices&) = delete;
  HostServices& operator=(const HostServices&) = delete;

  const sb_host* raw() const { return &raw_; }
  const std::vector<std::unique_ptr<Table>>& tables() const { return tables_; }

  // Tables may be opened until then.
  void FinishCreate() { creating_ = false; }

  // While it lives, this thread is the tables' writer; at its end the batch is published.
  class Writing {
   public:
    explicit Writing(HostServices& host);
    ~Writing();
    Writing(const Writing&) = delete;
    Writing& operator=(const Writing&) = delete;

   private:
    HostServices& host_;
    const HostServices* former_;
  };

 private:
  struct OpenTable;  // what an sb_table* points to
  struct Hooks;      // the functions of the sb_host table
  sb_table* Open(const sb_table_options& options, sb_error* error);
  void FillItems();
  void FillTables();
  bool is_writer() const;
  // Says once that a write came from elsewhere than a serialised hook.
  void RefuseWrite();

  const std::string signal_;
  const ports::ItemIndex& items_;
  const Clock& clock_;
  EpochDomain& epochs_;
  ports::Metrics& metrics_;
  sb_host raw_{};
  bool creating_ = true;
  std::vector<std::unique_ptr<Table>> tables_;
  std::vector<std::unique_ptr<OpenTable>> open_;
  std::atomic<bool> refused_{false};
  std::mutex mutex_;
  std::map<std::string, ports::Counter*, std::less<>> counters_;  // guarded by mutex_
  std::map<std::string, ports::Gauge*, std::less<>> gauges_;      // guarded by mutex_
};

}  // namespace signalbox::signals
