// Compiled scenarios: a pool of loaded states, one per running request.
#include "scripting/scenario.hpp"

#include <mutex>

#include "scripting/script_state.hpp"

namespace signalbox::scripting {
namespace {

// States that nobody uses, ready for the next request.
class StatePool {
 public:
  static constexpr size_t kMaxIdle = 64;

  std::unique_ptr<ScriptState> Take() {
    const std::lock_guard lock(mutex_);
    if (idle_.empty()) return nullptr;
    auto state = std::move(idle_.back());
    idle_.pop_back();
    return state;
  }
  void Give(std::unique_ptr<ScriptState> state) {
    if (!state->reusable()) return;
    const std::lock_guard lock(mutex_);
    if (idle_.size() < kMaxIdle) idle_.push_back(std::move(state));
  }

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<ScriptState>> idle_;
};

class PooledRun final : public Run {
 public:
  PooledRun(StatePool& pool, std::unique_ptr<ScriptState> state) : pool_(pool), state_(std::move(state)) {}
  ~PooledRun() override {
    state_->Finish();
    pool_.Give(std::move(state_));
  }
  PooledRun(const PooledRun&) = delete;
  PooledRun& operator=(const PooledRun&) = delete;

  Result<std::vector<std::pair<std::string, double>>> Weights() override {
    if (!state_->usable()) return Over();
    return state_->Weights();
  }
  Result<bool> Filter(size_t index, const ItemReader& items, uint32_t row) override {
    if (!state_->usable()) return Over();
    return state_->Filter(index, items, row);
  }
  Result<double> Boost(size_t index, const ItemReader& items, uint32_t row) override {
    if (!state_->usable()) return Over();
    return state_->Boost(index, items, row);
  }
  void Pause() override { state_->Pause(); }

 private:
  static tl::unexpected<Error> Over() {
    return Fail(Code::kInvalidArgument, "the script failed before in this request");
  }

  StatePool& pool_;
  std::unique_ptr<ScriptState> state_;
};

class CompiledScenario final : public Scenario {
 public:
  CompiledScenario(std::string name, std::string file, std::string source, RunLimits limits)
      : name_(std::move(name)), file_(std::move(file)), source_(std::move(source)), limits_(limits) {}

  // Loads the first state, which says what the script declares.
  Result<void> Load(const SourceOf& source_of) {
    SourceOf noting;
    if (source_of) {
      noting = [&](std::string_view base) {
        auto source = source_of(base);
        if (source) bases_.emplace(base, *source);
        return source;
      };
    }
    auto state = ScriptState::Load(name_, file_, source_, limits_, noting);
    if (!state) return Fail(state.error());
    declaration_ = (*state)->declaration();
    pool_.Give(std::move(*state));
    return {};
  }

  const Declaration& declaration() const override { return declaration_; }

  Result<std::unique_ptr<Run>> Begin(const Context& context,
                                     const std::map<std::string, double>& tunables) const override {
    for (const auto& [name, value] : tunables) {
      if (const auto checked = Check(name, value); !checked) return Fail(checked.error());
    }
    auto state = pool_.Take();
    if (state == nullptr) {
      auto loaded = ScriptState::Load(name_, file_, source_, limits_,
                                      [this](std::string_view base) { return BaseOf(base); });
      if (!loaded) return Fail(loaded.error());
      state = std::move(*loaded);
    }
    if (const auto started = state->Start(context, tunables); !started) return Fail(started.error());
    return std::make_unique<PooledRun>(pool_, std::move(state));
  }

 private:
  Result<std::string> BaseOf(std::string_view name) const {
    const auto known = bases_.find(name);
    if (known == bases_.end()) return Fail(Code::kNotFound, "it was not there when this was compiled");
    return known->second;
  }
  Result<void> Check(const std::string& name, double value) const {
    for (const auto& tunable : declaration_.tunables) {
      if (tunable.name != name) continue;
      if (value >= tunable.min && value <= tunable.max) return {};
      return Fail(Error(Code::kInvalidArgument, "tunable '" + name + "' is outside of its min and max")
                      .WithField("tunables." + name));
    }
    return Fail(Error(Code::kInvalidArgument, "the script declares no tunable '" + name + "'")
                    .WithField("tunables." + name));
  }

  const std::string name_, file_, source_;
  const RunLimits limits_;
  std::map<std::string, std::string, std::less<>> bases_;  // as they were when this was compiled
  Declaration declaration_;
  mutable StatePool pool_;
};

}  // namespace

Result<std::shared_ptr<const Scenario>> Scenario::Compile(std::string name, std::string file,
                                                          std::string source, RunLimits limits,
                                                          const SourceOf& source_of) {
  auto scenario =
      std::make_shared<CompiledScenario>(std::move(name), std::move(file), std::move(source), limits);
  if (const auto loaded = scenario->Load(source_of); !loaded) return Fail(loaded.error());
  return std::shared_ptr<const Scenario>(std::move(scenario));
}

}  // namespace signalbox::scripting
