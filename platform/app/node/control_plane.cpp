// Opening, seeding and following.
#include "app/node/control_plane.hpp"

#include <utility>

#include "adapters/postgres/postgres_control_store.hpp"
#include "adapters/sqlite/sqlite_control_store.hpp"
#include "admin/admin_routes.hpp"
#include "base/log.hpp"

namespace signalbox::app {
namespace {

std::string Joined(const std::vector<std::string>& words) {
  std::string joined;
  for (const auto& word : words) joined += (joined.empty() ? "" : ",") + word;
  return joined;
}

}  // namespace

ControlPlane::ControlPlane(const Settings& settings, const Clock& clock, ports::Metrics& metrics,
                           StateCore& core, std::string node)
    : settings_(settings),
      clock_(clock),
      metrics_(metrics),
      core_(core),
      node_(std::move(node)),
      backtester_(settings, core.log(), core.catalogue(), clock) {}

ControlPlane::~ControlPlane() { Stop(); }

Result<std::unique_ptr<ControlPlane>> ControlPlane::Open(const Settings& settings, const Clock& clock,
                                                         ports::Metrics& metrics, StateCore& core,
                                                         std::string node) {
  std::unique_ptr<ControlPlane> plane(new ControlPlane(settings, clock, metrics, core, std::move(node)));
  if (core.shared_database() != nullptr) {
    plane->store_ = std::make_unique<postgres::PostgresControlStore>(core.shared_database(), clock);
    return plane;
  }
  auto store = sqlite::SqliteControlStore::Open(settings.data_dir + "/control.db", &clock);
  if (!store) return Fail(store.error());
  plane->store_ = std::move(*store);
  return plane;
}

serve::OnFailing ControlPlane::on_failing() {
  return [this](const std::string& tenant, const std::string& scenario, uint64_t number) {
    if (follower_) follower_->NoteFailing(tenant, scenario, number);
  };
}

Result<void> ControlPlane::Start(std::vector<serve::Tenant*> tenants) {
  runtime_ =
      std::make_unique<serve::ScenarioService>(serve::ScenarioServiceParts{std::move(tenants), &clock_, {}});
  replayer_ = std::make_unique<serve::Replayer>(*runtime_);
  folder_ = std::make_unique<ScriptFolder>(settings_.scenario_dir, settings_.tenants, *store_, *runtime_);
  FollowerOptions options;
  options.node = node_;
  options.roles = Joined(settings_.roles);
  options.runs_plans = settings_.HasRole("admin");
  options.before_sync = [this] { BeforeSync(); };
  options.tenants = settings_.tenants;
  options.retention = settings_.retention;
  follower_ = std::make_unique<ControlFollower>(*store_, *runtime_, clock_, metrics_, std::move(options));
  follower_->Sync();
  if (const auto seeded = Seed(); !seeded && !seeded.error().retryable()) return seeded;
  follower_->Start();
  return {};
}

Result<void> ControlPlane::Seed() {
  auto seeded = folder_->Seed();
  seeded_ = seeded || seeded.error().code() == Code::kNotFound;
  if (!seeded && seeded_) {
    LogWarn("no scenario files to begin with", {{"error", seeded.error().message()}});
    return {};
  }
  return seeded;
}

void ControlPlane::BeforeSync() {
  if (!seeded_) (void)Seed();  // the follower says why the store is away
  if (settings_.watch_scripts) folder_->PublishChanges();
}

void ControlPlane::Stop() {
  if (follower_) follower_->Stop();
}

void ControlPlane::RegisterRoutes(ports::Router& router, ports::Recommender& recommender,
                                  const ports::ServedAnswers* served) {
  admin::AdminDeps deps;
  deps.store = store_.get();
  deps.runtime = runtime_.get();
  deps.recommender = &recommender;
  deps.log = &core_.log();
  deps.backtester = &backtester_;
  deps.served = served;
  deps.replayer = replayer_.get();
  deps.clock = &clock_;
  deps.knows_tenant = [this](std::string_view name) {
    return core_.tenants().find(std::string(name)) != core_.tenants().end();
  };
  deps.sync = [this] { follower_->Sync(); };
  admin::RegisterAdminRoutes(router, std::move(deps));
}

nlohmann::json ControlPlane::Status() const {
  const FollowerStatus status = follower_->status();
  nlohmann::json running = nlohmann::json::object();
  for (const auto& tenant : settings_.tenants) running[tenant] = runtime_->Running(tenant);
  return {{"node", node_},
          {"epoch", status.epoch},
          {"safe_mode", status.safe_mode},
          {"store_error", status.store_error},
          {"running", std::move(running)},
          {"problems", status.problems},
          {"files", folder_->problems()},
          {"reverts", status.reverts}};
}

}  // namespace signalbox::app
