// Creating, updating and forgetting; snapshots are in instance_snapshot.cpp.
#include "signals/instance.hpp"

#include <algorithm>
#include <cstdio>

#include "base/log.hpp"

namespace signalbox::signals {

Instance::Instance(const SignalConfig& config, const SignalSetOptions& options, const sb_plugin& table,
                   PluginConfig settings, const ports::ItemIndex& items, const Clock& clock,
                   EpochDomain& epochs, ports::Metrics& metrics)
    : config_(config),
      table_(table),
      version_(table.version),
      family_(table.family),
      settings_(std::move(settings)),
      items_(items),
      epochs_(epochs),
      budget_us_(options.score_budget_us),
      calls_(options.calls),
      monitor_(config.name, options, metrics),
      host_(config.name, items, clock, epochs, metrics),
      updated_events_(metrics.GetCounter("signalbox_signal_updated_events_total",
                                         "Events taught to the signal.", {{"signal", config.name}})),
      update_seconds_(metrics.GetCounter("signalbox_signal_update_seconds_total", "Time spent in update.",
                                         {{"signal", config.name}})) {}

Result<std::unique_ptr<Instance>> Instance::Create(const SignalConfig& config,
                                                   const SignalSetOptions& options,
                                                   const ports::ItemIndex& items, const Clock& clock,
                                                   EpochDomain& epochs, ports::Metrics& metrics) {
  const std::string where = "signals." + config.name;
  const auto refuse = [&](const Error& error) {
    const std::string field = error.field().empty() ? where : where + "." + error.field();
    return Fail(Error(error.code(), "signal \"" + config.name + "\": " + error.message()).WithField(field));
  };
  if (!IsPlainName(config.name)) {
    return refuse(Error(Code::kInvalidArgument, "a signal's name must match [a-z0-9_]{1,64}; rename it"));
  }
  const auto library = PluginLibrary::Load(options.plugin_dir, options.copy_dir, config.plugin);
  if (!library) return refuse(library.error());
  auto settings = PluginConfig::Parse(library->table().config_schema, config.json);
  if (!settings) return refuse(settings.error());

  std::unique_ptr<Instance> made(
      new Instance(config, options, library->table(), *std::move(settings), items, clock, epochs, metrics));
  const PluginConfig::View view(made->settings_, made->config_.name);
  const auto created = made->Call("create", [&](sb_error* error) {
    return made->table_.create(made->host_.raw(), &view.raw(), &made->instance_, error);
  });
  made->host_.FinishCreate();
  if (!created) {
    made->instance_ = nullptr;
    return refuse(Error(Code::kInvalidArgument, library->file() + ": " + created.error().message()));
  }
  return made;
}

Instance::~Instance() {
  if (instance_ == nullptr) return;
  // The result says nothing new: destroy has none.
  (void)Call("destroy", [&](sb_error*) {
    table_.destroy(instance_);
    return SB_OK;
  });
}

void Instance::Complain(sb_error* error, const char* message) {
  std::snprintf(error->message, sizeof error->message, "%s", message);
}

tl::unexpected<Error> Instance::Failed(const char* hook, int32_t code, const sb_error& error) const {
  // The plugin wrote it: it may have forgotten the end.
  std::string message(error.message, std::find(error.message, error.message + sizeof error.message, '\0'));
  if (message.empty()) message = "failed with code " + std::to_string(code) + " and no message";
  monitor_.Fault(hook, message);
  const Code mapped = code == SB_INVALID_CONFIG || code == SB_INVALID_STATE || code == SB_INVALID_ARGUMENT
                          ? Code::kInvalidArgument
                          : Code::kInternal;
  return Fail(mapped, config_.name + "." + hook + ": " + message);
}

Result<void> Instance::ItemsChanged(const sb_items& upserts, std::span<const sb_item> deletes) {
  if (table_.items_changed == nullptr) return {};
  const EpochDomain::Pin pin(epochs_);
  const HostServices::Writing writing(host_);
  return Call("items_changed", [&](sb_error* error) {
    return table_.items_changed(instance_, &upserts, deletes.data(), deletes.size(), error);
  });
}

Result<void> Instance::Update(const sb_events& events) {
  if (table_.update == nullptr || events.count == 0) return {};
  const int64_t begin = MonotonicMicros();
  Result<void> done;
  {
    const EpochDomain::Pin pin(epochs_);
    const HostServices::Writing writing(host_);
    done = Call(
        "update", [&](sb_error* error) { return table_.update(instance_, &events, error); }, events.partition,
        events.offsets[0]);
  }
  updated_events_.Add(events.count);
  update_seconds_.Add(static_cast<double>(MonotonicMicros() - begin) * 1e-6);
  return done;
}

Result<void> Instance::Maintain(int64_t budget_us, bool* more) {
  *more = false;
  if (table_.maintain == nullptr) return {};
  const EpochDomain::Pin pin(epochs_);
  const HostServices::Writing writing(host_);
  int32_t again = 0;
  auto done = Call("maintain", [&](sb_error* error) {
    return table_.maintain(instance_, static_cast<uint64_t>(std::max<int64_t>(budget_us, 0)), &again, error);
  });
  *more = done.has_value() && again != 0;
  return done;
}

Result<void> Instance::Forget(uint64_t user) {
  const EpochDomain::Pin pin(epochs_);
  for (const auto& table : host_.tables()) table->Forget(user);
  if (table_.forget == nullptr) return {};
  const HostServices::Writing writing(host_);
  return Call("forget", [&](sb_error* error) { return table_.forget(instance_, user, error); });
}

size_t Instance::memory_bytes() const {
  size_t bytes = 0;
  for (const auto& table : host_.tables()) bytes += table->memory_bytes();
  return bytes;
}

}  // namespace signalbox::signals
