// Starting and stopping in order.
#include "app/node/node.hpp"

#include <unistd.h>

#include <array>
#include <utility>

#include "adapters/http/http_server.hpp"
#include "adapters/prometheus/prometheus_metrics.hpp"
#include "app/node/admin_status.hpp"
#include "app/node/bootstrap.hpp"
#include "base/log.hpp"
#include "ingest/ingest_routes.hpp"
#include "process/checkpoint_routes.hpp"
#include "serve/serve_routes.hpp"

namespace signalbox::app {
namespace {

constexpr uint64_t kProgressEvery = 100'000;

// The same after a restart: the host, and the port that no other process of it has.
std::string NodeName(uint16_t ops_port) {
  std::array<char, 256> host{};
  if (gethostname(host.data(), host.size() - 1) != 0) host = {'h', 'o', 's', 't'};
  return std::string(host.data()) + ":" + std::to_string(ops_port);
}

// Answers for a role that runs elsewhere.
void AddAbsentRole(ports::Router& router, const char* role,
                   std::initializer_list<std::pair<const char*, const char*>> routes) {
  for (const auto& [method, pattern] : routes) {
    router.Add(
        method, pattern,
        [role](ports::HttpRequest, ports::Responder respond) {
          respond(ports::ErrorResponse(404, "role_not_here",
                                       std::string("the role ") + role + " does not run in this process",
                                       "Ask a node that runs it, or add it to `roles`."));
        },
        ports::Execution::kInline);
  }
}

}  // namespace

Node::Node(Settings settings)
    : settings_(std::move(settings)), metrics_(adapters::prometheus::MakePrometheusMetrics()) {}

Node::~Node() { Stop(); }

Result<std::unique_ptr<Node>> Node::Start(Settings settings) {
  std::unique_ptr<Node> node(new Node(std::move(settings)));
  for (const auto step : {&Node::StartOps, &Node::StartState, &Node::StartTenants, &Node::StartService,
                          &Node::StartFollowing, &Node::StartTopics, &Node::StartPublic}) {
    if (auto done = (node.get()->*step)(); !done) return Fail(done.error());
  }
  node->readiness_.SetReady();
  return node;
}

Result<std::unique_ptr<ports::HttpServer>> Node::Listen(uint16_t port, const char* key,
                                                        std::shared_ptr<const ports::Router> router) {
  auto options = settings_.http;
  options.port = port;
  options.config_key = key;
  return adapters::http::StartHttpServer(options, std::move(router), *metrics_);
}

Result<void> Node::StartOps() {
  auto router = std::make_shared<ports::Router>();
  RegisterOpsRoutes(*router, readiness_, *metrics_);
  if (settings_.HasRole("process")) {
    process::RegisterCheckpointRoutes(*router, settings_.checkpoint.dir, settings_.cluster.token);
  }
  auto server = Listen(settings_.ops_port, "http.ops_port", std::move(router));
  if (!server) return Fail(server.error());
  ops_server_ = std::move(*server);
  ports_.ops = ops_server_->port();
  return {};
}

Result<void> Node::StartState() {
  running_ = true;
  readiness_.SetState("loading");
  auto core = StateCore::Open(settings_, clock_, *metrics_, [this](ports::EventLog& log) {
    return FetchCheckpoint(
        settings_, log, [this](std::string detail) { readiness_.SetState("fetching", std::move(detail)); });
  });
  if (!core) return Fail(core.error());
  core_ = std::move(*core);
  const int64_t start = MonotonicMicros();
  uint64_t told = 0;
  const auto recovered = core_->Recover([&](uint64_t done, uint64_t total) {
    if (done - told < kProgressEvery && done != total) return;
    told = done;
    readiness_.SetState("replaying", std::to_string(done) + " of " + std::to_string(total) + " records");
    LogInfo("replaying the log",
            {{"done", static_cast<int64_t>(done)}, {"total", static_cast<int64_t>(total)}});
  });
  if (!recovered) return Fail(recovered.error());
  LogInfo("state is up to date", {{"from_checkpoint", recovered->from_checkpoint},
                                  {"signals_taught_again", static_cast<int64_t>(recovered->relearnt.size())},
                                  {"seconds", static_cast<double>(MonotonicMicros() - start) / 1e6}});
  return {};
}

Result<void> Node::StartTenants() {
  auto caches = OpenCaches(settings_.stores, clock_, *metrics_);
  if (!caches) return Fail(caches.error());
  caches_ = std::move(*caches);
  if (auto zone = serve::CheckTimeZone(settings_.time_zone); !zone) return zone;
  recent_ = std::make_unique<memory::RecentWrites>(&core_->processor());
  auto control = ControlPlane::Open(settings_, clock_, *metrics_, *core_, NodeName(ports_.ops));
  if (!control) return Fail(control.error());
  control_ = std::move(*control);
  std::vector<serve::Tenant*> served;
  for (const auto& [name, slot] : core_->tenants()) {
    serve::TenantParts parts;
    parts.state = slot.state;
    parts.signals = slot.signals;
    parts.default_scenario = settings_.default_scenario;
    parts.time_zone = settings_.time_zone;
    parts.defaults.popular_signals = settings_.popular_signals;
    parts.defaults.similar_weights = settings_.similar_weights;
    parts.on_failing = control_->on_failing();
    const auto added = tenants_.emplace(name, std::make_unique<serve::Tenant>(std::move(parts), *metrics_));
    served.push_back(added.first->second.get());
  }
  return control_->Start(std::move(served));
}

Result<void> Node::StartService() {
  serve::ServiceParts parts;
  parts.tenants = [this](std::string_view name) {
    const auto found = tenants_.find(name);
    return found == tenants_.end() ? nullptr : found->second.get();
  };
  parts.clock = &clock_;
  parts.applier = &core_->processor();
  parts.recent = recent_.get();
  parts.metrics = metrics_.get();
  parts.cache = caches_.cache.get();
  serve::ServiceOptions options;
  if (settings_.sample_every > 0 && settings_.HasRole("recommend")) {
    auto answers = memory::AnswerFiles::Open(settings_.data_dir + "/answers", settings_.sample_bytes);
    if (!answers) return Fail(answers.error());
    answers_ = std::move(*answers);
    parts.served = answers_.get();
    options.keep_sample_every = settings_.sample_every;
  }
  service_ = std::make_unique<serve::Service>(std::move(parts), options);
  AddDependencies();
  return {};
}

void Node::AddDependencies() {
  readiness_.AddDependency("event_log", settings_.HasRole("ingest"), [this] {
    const auto writable = core_->log().Writable();
    return writable ? std::string() : writable.error().message();
  });
  if (core_->database() != nullptr) {
    readiness_.AddDependency("control_store", false, [this] {
      const auto failing = core_->processor().catalogue_failure();
      return failing.empty() ? core_->database()->failure() : failing;
    });
  }
  if (caches_.redis) readiness_.AddDependency("cache", false, [this] { return caches_.redis->failure(); });
  readiness_.AddDependency("processor", false, [this] { return core_->processor().failure(); });
}

// Every role that answers needs the state followed; only the process role writes for others.
Result<void> Node::StartFollowing() {
  readiness_.AddDetail("lag_records", [this] { return nlohmann::json(core_->processor().lag_records()); });
  if (settings_.HasRole("process")) {
    auto duty = ProcessDuty::Make(settings_, *core_, *metrics_, NodeName(ports_.ops));
    if (!duty) return Fail(duty.error());
    duty_ = std::move(*duty);
    duty_->AddTo(readiness_);
  }
  core_->Start();
  if (duty_) duty_->Start();
  return {};
}

// What goes to other systems.
Result<void> Node::StartTopics() {
  auto exposures = OpenExposures(settings_, *metrics_);
  if (!exposures) return Fail(exposures.error());
  exposures_ = std::move(*exposures);
  if (!ItemFeed::Wanted(settings_)) return {};
  auto feed = ItemFeed::Start(settings_, core_->shared_database(), *metrics_, NodeName(ports_.ops));
  if (!feed) return Fail(feed.error());
  item_feed_ = std::move(*feed);
  readiness_.AddDependency("items_topic", false, [this] { return item_feed_->failure(); });
  return {};
}

std::shared_ptr<ports::Router> Node::PublicRoutes() {
  auto router = std::make_shared<ports::Router>();
  if (settings_.HasRole("ingest")) {
    ingest::IngestDeps deps;
    deps.log = &core_->log();
    deps.catalogue = &core_->catalogue();
    deps.recent_writes = recent_.get();
    deps.metrics = metrics_.get();
    deps.clock = &clock_;
    for (const auto& type : settings_.event_types) deps.event_types.push_back(type.name);
    deps.knows_tenant = [this](std::string_view name) { return tenants_.find(name) != tenants_.end(); };
    deps.was_applied = [this](std::string_view tenant, std::string_view event_id) {
      return core_->processor().IsDuplicate(tenant, event_id);
    };
    deps.on_catalogue_change = [this](std::string_view, uint64_t) {
      core_->processor().NoteCatalogueChange();
      if (item_feed_) item_feed_->Wake();
    };
    deps.dedup_window_hours = settings_.process.dedup_window_hours;
    ingest::RegisterIngestRoutes(*router, std::move(deps));
  } else {
    AddAbsentRole(*router, "ingest",
                  {{"POST", "/events"},
                   {"POST", "/items"},
                   {"GET", "/items"},
                   {"GET", "/items/{id}"},
                   {"PATCH", "/items/{id}"},
                   {"DELETE", "/items/{id}"},
                   {"POST", "/users/{id}/merge"},
                   {"PUT", "/users/{id}"},
                   {"PATCH", "/users/{id}"},
                   {"GET", "/users/{id}"},
                   {"DELETE", "/users/{id}"}});
  }
  if (settings_.HasRole("recommend")) {
    serve::ServeDeps deps;
    deps.service = service_.get();
    deps.tenants = [this](std::string_view name) {
      const auto found = tenants_.find(name);
      return found == tenants_.end() ? nullptr : found->second.get();
    };
    deps.applier = &core_->processor();
    deps.recent = recent_.get();
    deps.metrics = metrics_.get();
    deps.exposures = exposures_.get();
    deps.clock = &clock_;
    if (caches_.redis) deps.execution = ports::Execution::kBlocking;
    serve::RegisterServeRoutes(*router, std::move(deps));
  } else {
    AddAbsentRole(*router, "recommend",
                  {{"GET", "/recommendations"},
                   {"POST", "/recommendations"},
                   {"GET", "/popular"},
                   {"GET", "/trending"},
                   {"GET", "/similar/{item_id}"},
                   {"GET", "/explain"},
                   {"GET", "/users/{id}/history"}});
  }
  return router;
}

Result<void> Node::StartPublic() {
  const auto open = [&](uint16_t port, const char* key, std::shared_ptr<const ports::Router> router,
                        std::unique_ptr<ports::HttpServer>* server, uint16_t* bound) -> Result<void> {
    auto listening = Listen(port, key, std::move(router));
    if (!listening) return Fail(listening.error());
    *server = std::move(*listening);
    *bound = (*server)->port();
    return {};
  };
  const auto router = PublicRoutes();
  if (settings_.rate_limits.any()) {
    rate_limits_ = std::make_unique<RateLimits>(settings_.rate_limits, *caches_.limiter, clock_, *metrics_);
    router->SetGate([this](const ports::HttpRequest& request) { return rate_limits_->Check(request); },
                    caches_.redis != nullptr);
  }
  if (settings_.HasRole("ingest") || settings_.HasRole("recommend")) {
    if (auto done = open(settings_.ingest_port, "http.ingest_port", router, &ingest_server_, &ports_.ingest);
        !done)
      return done;
    if (settings_.recommend_port == settings_.ingest_port && settings_.ingest_port != 0) {
      ports_.recommend = ports_.ingest;
    } else if (auto done = open(settings_.recommend_port, "http.recommend_port", router, &recommend_server_,
                                &ports_.recommend);
               !done) {
      return done;
    }
  }
  if (settings_.HasRole("admin")) {
    auto admin = std::make_shared<ports::Router>();
    RegisterStatusRoute(*admin, settings_, *core_, readiness_, [this] { return control_->Status(); });
    control_->RegisterRoutes(*admin, *service_, answers_.get());
    if (auto done = open(settings_.admin_port, "http.admin_port", admin, &admin_server_, &ports_.admin);
        !done)
      return done;
  }
  return {};
}

void Node::Stop() {
  if (!running_) return;
  running_ = false;
  readiness_.SetState("draining");
  for (auto* server : {&ingest_server_, &recommend_server_, &admin_server_}) {
    if (*server) (*server)->Stop();
  }
  if (control_) control_->Stop();
  if (item_feed_) item_feed_->Stop();
  if (core_) {
    core_->log().Close();
    if (duty_) duty_->Stop();
    core_->Stop(false);
  }
  ops_server_->Stop();
}

}  // namespace signalbox::app
