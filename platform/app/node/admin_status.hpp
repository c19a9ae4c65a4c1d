// GET /admin/v1/status: what runs here and how it is.
#pragma once

#include <functional>

#include <nlohmann/json.hpp>

#include "app/node/readiness.hpp"
#include "app/node/state_core.hpp"
#include "ports/http.hpp"

namespace signalbox::app {

// scripts: what the node runs of revisions, as "scripts". The arguments outlive the router.
void RegisterStatusRoute(ports::Router& router, const Settings& settings, StateCore& core,
                         const Readiness& readiness, std::function<nlohmann::json()> scripts);

}  // namespace signalbox::app
