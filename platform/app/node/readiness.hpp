// Whether a node can answer, and why not: shared by its probes.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>

#include <nlohmann/json.hpp>

#include "ports/http.hpp"
#include "ports/metrics.hpp"

namespace signalbox::app {

// Threads: any.
class Readiness {
 public:
  // Not ready until SetReady; state: "starting", "loading", "replaying", "draining", ...
  void SetState(std::string state, std::string detail = {});
  void SetReady();
  bool ready() const;

  // A dependency whose failure is reported: `check` gives "" while all is well. A required one
  // makes the node not ready (a log that cannot be written, for ingest).
  void AddDependency(std::string name, bool required, std::function<std::string()> check);

  // What else a report says, under a name of its own.
  void AddDetail(std::string name, std::function<nlohmann::json()> detail);

  // {"status", "detail"?, <details>, "dependencies": {name: {"status", "error"?}}}; 200 or 503.
  ports::HttpResponse Report() const;

 private:
  struct Dependency {
    bool required;
    std::function<std::string()> check;
  };
  mutable std::mutex mutex_;
  std::string state_ = "starting";
  std::string detail_;
  bool ready_ = false;
  std::map<std::string, Dependency> dependencies_;
  std::map<std::string, std::function<nlohmann::json()>> details_;
};

// GET /livez /health, /readyz /ready, /metrics. The arguments outlive the router.
void RegisterOpsRoutes(ports::Router& router, const Readiness& readiness, const ports::Metrics& metrics);

}  // namespace signalbox::app
