// Probes and metrics over HTTP.
#include "app/node/readiness.hpp"

#include <utility>
#include <vector>

namespace signalbox::app {

void Readiness::SetState(std::string state, std::string detail) {
  const std::lock_guard lock(mutex_);
  state_ = std::move(state);
  detail_ = std::move(detail);
  ready_ = false;
}

void Readiness::SetReady() {
  const std::lock_guard lock(mutex_);
  state_ = "ready";
  detail_.clear();
  ready_ = true;
}

bool Readiness::ready() const {
  const std::lock_guard lock(mutex_);
  return ready_;
}

void Readiness::AddDependency(std::string name, bool required, std::function<std::string()> check) {
  const std::lock_guard lock(mutex_);
  dependencies_[std::move(name)] = {required, std::move(check)};
}

void Readiness::AddDetail(std::string name, std::function<nlohmann::json()> detail) {
  const std::lock_guard lock(mutex_);
  details_[std::move(name)] = std::move(detail);
}

ports::HttpResponse Readiness::Report() const {
  nlohmann::json body;
  std::map<std::string, Dependency> dependencies;
  std::map<std::string, std::function<nlohmann::json()>> details;
  bool ready = false;
  {
    const std::lock_guard lock(mutex_);
    body["status"] = state_;
    if (!detail_.empty()) body["detail"] = detail_;
    ready = ready_;
    dependencies = dependencies_;
    details = details_;
  }
  for (const auto& [name, detail] : details) body[name] = detail();
  for (const auto& [name, dependency] : dependencies) {
    const std::string error = dependency.check();
    auto& entry = body["dependencies"][name];
    entry["status"] = error.empty() ? "ok" : "failing";
    if (error.empty()) continue;
    entry["error"] = error;
    if (dependency.required && ready) {
      ready = false;
      body["status"] = "degraded";
    }
  }
  ports::HttpResponse response;
  response.status = ready ? 200 : 503;
  response.body = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  if (!ready) response.headers.emplace_back("Retry-After", "1");
  return response;
}

void RegisterOpsRoutes(ports::Router& router, const Readiness& readiness, const ports::Metrics& metrics) {
  for (const char* path : {"/livez", "/health"}) {
    router.Add(
        "GET", path,
        [](ports::HttpRequest, ports::Responder respond) {
          respond({.status = 200, .body = R"({"status":"alive"})", .headers = {}});
        },
        ports::Execution::kInline);
  }
  for (const char* path : {"/readyz", "/ready"}) {
    router.Add("GET", path,
               [&readiness](ports::HttpRequest, ports::Responder respond) { respond(readiness.Report()); });
  }
  router.Add("GET", "/metrics", [&metrics](ports::HttpRequest, ports::Responder respond) {
    respond({.status = 200,
             .body = metrics.Expose(),
             .content_type = "text/plain; version=0.0.4; charset=utf-8",
             .headers = {}});
  });
}

}  // namespace signalbox::app
