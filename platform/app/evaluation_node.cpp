// A node without sockets in a temporary folder, with a clock that stands where it is set.
#include "app/evaluation_node.hpp"

#include <unistd.h>

#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <optional>

#include "adapters/prometheus/prometheus_metrics.hpp"
#include "app/node/scenarios.hpp"
#include "app/node/state_core.hpp"
#include "model/record_codec.hpp"
#include "process/tenant_pipeline.hpp"
#include "serve/scenario_service.hpp"
#include "serve/service.hpp"

namespace signalbox::app {
namespace {

namespace fs = std::filesystem;

constexpr size_t kAppendBatch = 10'000;
// A busy machine must not change what an evaluation finds.
constexpr scripting::RunLimits kScriptLimits{.deadline_us = 1'000'000};
constexpr int64_t kUpkeepMs = 10 * 60 * 1000;

// Appends and waits until it is durable.
Result<void> AppendAndWait(ports::EventLog& log, std::vector<ports::AppendRequest> batch) {
  std::mutex mutex;
  std::condition_variable changed;
  std::optional<Result<void>> outcome;
  log.Append(std::move(batch), [&](Result<std::vector<model::LogPosition>> positions) {
    const std::lock_guard lock(mutex);
    outcome = positions ? Result<void>() : Result<void>(Fail(positions.error()));
    changed.notify_one();
  });
  std::unique_lock lock(mutex);
  changed.wait(lock, [&] { return outcome.has_value(); });
  return *outcome;
}

// The node's settings, with everything that is written inside `dir`.
Result<Settings> SettingsFor(const EvaluationOptions& options, const std::string& dir) {
  Settings settings;
  if (options.settings != nullptr) {
    settings = *options.settings;
    // A busy machine must not change what is found.
    settings.signal_options.score_budget_us = 1'000'000;
  } else {
    ConfigSources sources;
    sources.file = options.config;
    sources.overrides = options.overrides;
    sources.environment = Environment();
    sources.data_dir = dir;
    auto loaded = LoadSettings(sources);
    if (!loaded) return loaded;
    settings = std::move(*loaded);
  }
  settings.data_dir = dir;
  settings.stores.control_store = "sqlite";  // nothing of it belongs into a shared database
  settings.stores.cache = "memory";
  settings.event_log.dir = dir + "/log";
  settings.checkpoint.dir = dir + "/checkpoints";
  settings.signal_options.copy_dir = dir + "/plugins";
  return settings;
}

}  // namespace

struct EvaluationNode::Impl {
  ~Impl() {
    runtime.reset();
    service.reset();
    tenant.reset();
    core.reset();
    std::error_code ignored;
    if (!dir.empty()) fs::remove_all(dir, ignored);
  }

  std::string dir;
  Settings settings;
  ManualClock clock;
  std::unique_ptr<ports::Metrics> metrics = adapters::prometheus::MakePrometheusMetrics();
  std::unique_ptr<StateCore> core;
  std::unique_ptr<serve::Tenant> tenant;
  std::unique_ptr<serve::Service> service;
  std::unique_ptr<serve::ScenarioService> runtime;
  std::string scenario;
  uint64_t applied = 0;  // by TeachNow
};

EvaluationNode::EvaluationNode(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
EvaluationNode::~EvaluationNode() = default;

Result<std::unique_ptr<EvaluationNode>> EvaluationNode::Create(const EvaluationOptions& options) {
  auto impl = std::make_unique<Impl>();
  std::string pattern = (fs::temp_directory_path() / "signalbox-evaluate-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) {
    return Fail(Code::kUnavailable, "cannot make a temporary folder " + pattern + "; check TMPDIR");
  }
  impl->dir = pattern;
  auto settings = SettingsFor(options, impl->dir);
  if (!settings) return Fail(settings.error());
  impl->settings = std::move(*settings);
  impl->settings.tenants = {std::string(model::kDefaultTenant)};
  auto core = StateCore::Open(impl->settings, impl->clock, *impl->metrics);
  if (!core) return Fail(core.error());
  impl->core = std::move(*core);
  const auto& slot = impl->core->tenants().begin()->second;

  serve::TenantParts parts;
  parts.state = slot.state;
  parts.signals = slot.signals;
  if (options.scenario.ends_with(".lua")) {
    auto scenario = LoadScenario(options.scenario, *slot.signals, kScriptLimits);
    if (!scenario) return Fail(scenario.error());
    impl->scenario = fs::path(options.scenario).stem().string();
    parts.scenarios.emplace(impl->scenario, std::move(*scenario));
  } else {
    impl->scenario = options.scenario.empty() ? impl->settings.default_scenario : options.scenario;
    auto scripts = LoadScenarios(impl->settings.scenario_dir, impl->scenario, *slot.signals, kScriptLimits);
    if (!scripts) return Fail(scripts.error());
    parts.scenarios = std::move(*scripts);
  }
  parts.default_scenario = impl->scenario;
  impl->tenant = std::make_unique<serve::Tenant>(std::move(parts), *impl->metrics);
  serve::ServiceParts service;
  service.tenants = [tenant = impl->tenant.get()](std::string_view) { return tenant; };
  service.clock = &impl->clock;
  impl->service = std::make_unique<serve::Service>(std::move(service));
  impl->runtime = std::make_unique<serve::ScenarioService>(
      serve::ScenarioServiceParts{{impl->tenant.get()}, &impl->clock, kScriptLimits});
  return std::unique_ptr<EvaluationNode>(new EvaluationNode(std::move(impl)));
}

Result<void> EvaluationNode::Teach(std::vector<model::LogRecord> records) {
  for (size_t begin = 0; begin < records.size(); begin += kAppendBatch) {
    std::vector<ports::AppendRequest> batch;
    for (size_t i = begin; i < std::min(records.size(), begin + kAppendBatch); ++i) {
      ports::AppendRequest request{model::PartitionKey(records[i]), {}};
      model::EncodeRecord(records[i], &request.payload);
      batch.push_back(std::move(request));
    }
    if (auto appended = AppendAndWait(impl_->core->log(), std::move(batch)); !appended) return appended;
  }
  auto& processor = impl_->core->processor();
  if (auto caught_up = processor.CatchUpCatalogue(); !caught_up) return caught_up;
  if (auto applied = processor.Replay(nullptr); !applied) return applied;
  processor.MaintainUntilIdle(kUpkeepMs);
  return {};
}

Result<void> EvaluationNode::TeachNow(const std::vector<model::LogRecord>& records) {
  const auto& [name, slot] = *impl_->core->tenants().begin();
  std::vector<signals::Signal*> learners;
  for (size_t i = 0; i < slot.signals->size(); ++i) learners.push_back(&slot.signals->at(i));
  process::TenantPipeline pipeline(*slot.state, slot.state->users(), std::move(learners));
  std::string payload;
  for (const auto& record : records) {
    payload.clear();
    model::EncodeRecord(record, &payload);
    const auto read = model::DecodeRecord(payload);
    if (!read) return Fail(read.error());
    // What cannot be applied is left out, as where the log is processed.
    (void)pipeline.Apply(*read, 0, impl_->applied++);
  }
  pipeline.Flush();
  impl_->core->processor().MaintainUntilIdle(kUpkeepMs);
  return {};
}

Result<void> EvaluationNode::CatchUp() { return impl_->core->processor().CatchUpCatalogue(); }

Result<void> EvaluationNode::PutItems(std::vector<model::Item> items) {
  const auto put = impl_->core->catalogue().Put(model::kDefaultTenant, items);
  if (!put) return Fail(put.error());
  return impl_->core->processor().CatchUpCatalogue();
}

ports::Recommender& EvaluationNode::recommender() { return *impl_->service; }
ports::ScenarioRuntime& EvaluationNode::runtime() { return *impl_->runtime; }
const std::string& EvaluationNode::scenario() const { return impl_->scenario; }

std::vector<std::string> EvaluationNode::signals() const {
  std::vector<std::string> names;
  const auto& signals = *impl_->core->tenants().begin()->second.signals;
  for (size_t i = 0; i < signals.size(); ++i) names.push_back(signals.at(i).name());
  return names;
}

void EvaluationNode::SetNow(int64_t now_ms) { impl_->clock.Set(now_ms); }
size_t EvaluationNode::memory_bytes() const { return impl_->core->memory_bytes(); }

}  // namespace signalbox::app
