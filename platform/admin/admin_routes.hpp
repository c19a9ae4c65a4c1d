// The console's REST API under /admin/v1: scenarios, their revisions, and trying them.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "base/clock.hpp"
#include "ports/backtester.hpp"
#include "ports/control_store.hpp"
#include "ports/event_log.hpp"
#include "ports/http.hpp"
#include "ports/recommender.hpp"
#include "ports/scenario_runtime.hpp"
#include "ports/served_answers.hpp"

namespace signalbox::admin {

struct AdminDeps {
  ports::ControlStore* store = nullptr;
  ports::ScenarioRuntime* runtime = nullptr;
  ports::Recommender* recommender = nullptr;     // what visitors get now
  ports::EventLog* log = nullptr;                // recent visitors are sampled from it
  ports::Backtester* backtester = nullptr;       // null = backtests are refused
  const ports::ServedAnswers* served = nullptr;  // null = none are kept here
  const ports::Replayer* replayer = nullptr;     // null only where `served` is
  const Clock* clock = nullptr;
  std::function<bool(std::string_view)> knows_tenant;
  // Puts in force in this process what was just written; returns when it is.
  std::function<void()> sync;
};

// Adds every route of docs/api/admin.openapi.yaml but /admin/v1/status. Handlers block: on the store, on
// compiling, on previews. Lifetime: the dependencies outlive the router; a backtest that runs ends with
// the router.
void RegisterAdminRoutes(ports::Router& router, AdminDeps deps);

}  // namespace signalbox::admin
