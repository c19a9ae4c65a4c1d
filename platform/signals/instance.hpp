// One signal: a plugin's instance, its tables, its health.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "signals/call_observer.hpp"
#include "signals/fault_monitor.hpp"
#include "signals/host_services.hpp"
#include "signals/plugin_config.hpp"
#include "signals/plugin_library.hpp"
#include "signals/signal_set.hpp"

namespace signalbox::signals {

class Instance final : public Signal {
 public:
  // Errors: as SignalSet::Create.
  static Result<std::unique_ptr<Instance>> Create(const SignalConfig& config, const SignalSetOptions& options,
                                                  const ports::ItemIndex& items, const Clock& clock,
                                                  EpochDomain& epochs, ports::Metrics& metrics);
  ~Instance() override;

  const std::string& name() const override { return config_.name; }
  const std::string& plugin() const override { return config_.plugin; }
  const std::string& version() const override { return version_; }
  const std::string& family() const override { return family_; }
  Health health() const override { return monitor_.quarantined() ? Health::kQuarantined : Health::kOk; }
  std::string health_reason() const override { return monitor_.reason(); }

  Result<void> ItemsChanged(const sb_items& upserts, std::span<const sb_item> deletes) override;
  Result<void> Update(const sb_events& events) override;
  Result<void> Maintain(int64_t budget_us, bool* more) override;
  Result<void> Forget(uint64_t user) override;
  Result<std::unique_ptr<Frozen>> Freeze() override;
  Result<void> Restore(ByteSource& source) override;
  Result<std::vector<std::string>> Export() const override;
  size_t memory_bytes() const override;

  // For RequestSession.
  const sb_plugin& table() const { return table_; }
  FaultMonitor& monitor() { return monitor_; }
  const ports::ItemIndex& items() const { return items_; }
  int64_t budget_us() const { return budget_us_; }

  // Runs a hook as call(error) under the observer; nothing it does comes out as an exception. A
  // failure is counted. Errors: kInternal with the signal, the hook and the plugin's message.
  template <typename Body>
  Result<void> Call(const char* hook, Body call, uint32_t partition = 0, uint64_t offset = 0) const {
    if (calls_ != nullptr) calls_->Entering(config_.name, hook, partition, offset);
    sb_error error{};
    error.struct_size = sizeof error;
    int32_t code = SB_FAILED;
    try {
      code = call(&error);
    } catch (...) {
      Complain(&error, "an exception crossed the line of the ABI; catch it in the plugin");
    }
    if (calls_ != nullptr) calls_->Left(config_.name, hook);
    if (code == SB_OK || code == SB_NOT_IMPLEMENTED) return {};
    return Failed(hook, code, error);
  }

 private:
  friend class FrozenInstance;
  Instance(const SignalConfig& config, const SignalSetOptions& options, const sb_plugin& table,
           PluginConfig settings, const ports::ItemIndex& items, const Clock& clock, EpochDomain& epochs,
           ports::Metrics& metrics);
  static void Complain(sb_error* error, const char* message);
  tl::unexpected<Error> Failed(const char* hook, int32_t code, const sb_error& error) const;
  Result<void> RestoreTables(class SourceReader& in, ByteSource& source);
  Result<void> RestorePrivate(class SourceReader& in, uint32_t state_version);

  const SignalConfig config_;
  const sb_plugin& table_;
  const std::string version_;
  const std::string family_;
  const PluginConfig settings_;
  const ports::ItemIndex& items_;
  EpochDomain& epochs_;
  const int64_t budget_us_;
  CallObserver* const calls_;
  mutable FaultMonitor monitor_;
  HostServices host_;
  void* instance_ = nullptr;
  ports::Counter& updated_events_;
  ports::Counter& update_seconds_;

 public:
  void* instance() const { return instance_; }
};

}  // namespace signalbox::signals
