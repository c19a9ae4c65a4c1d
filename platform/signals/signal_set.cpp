// The tenant's instances, in the order of the configuration.
#include "signals/signal_set.hpp"

#include "signals/instance.hpp"
#include "signals/request_session.hpp"

namespace signalbox::signals {

namespace {

class LoadedSignalSet final : public SignalSet {
 public:
  LoadedSignalSet(std::vector<std::unique_ptr<Instance>> signals, EpochDomain& epochs)
      : signals_(std::move(signals)), epochs_(epochs) {}

  size_t size() const override { return signals_.size(); }
  Signal& at(size_t index) override { return *signals_[index]; }
  const Signal& at(size_t index) const override { return *signals_[index]; }
  int Find(std::string_view name) const override {
    for (size_t i = 0; i < signals_.size(); ++i) {
      if (signals_[i]->name() == name) return static_cast<int>(i);
    }
    return -1;
  }
  std::unique_ptr<RequestSession> Begin(const sb_request& request) override {
    return std::make_unique<PinnedRequestSession>(signals_, request, epochs_);
  }

 private:
  std::vector<std::unique_ptr<Instance>> signals_;
  EpochDomain& epochs_;
};

}  // namespace

Result<std::unique_ptr<SignalSet>> SignalSet::Create(const std::vector<SignalConfig>& configs,
                                                     const SignalSetOptions& options,
                                                     const ports::ItemIndex& items, const Clock& clock,
                                                     EpochDomain& epochs, ports::Metrics& metrics) {
  std::vector<std::unique_ptr<Instance>> signals;
  for (const SignalConfig& config : configs) {
    for (const auto& other : signals) {
      if (other->name() != config.name) continue;
      return Fail(
          Error(Code::kInvalidArgument, "signal \"" + config.name + "\" is configured twice; rename one")
              .WithField("signals." + config.name));
    }
    auto made = Instance::Create(config, options, items, clock, epochs, metrics);
    if (!made) return Fail(made.error());
    signals.push_back(*std::move(made));
  }
  return std::make_unique<LoadedSignalSet>(std::move(signals), epochs);
}

}  // namespace signalbox::signals
