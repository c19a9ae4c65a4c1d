// GET /admin/v1/status: what runs here and how it is.
#pragma once

#include "app/node/readiness.hpp"
#include "app/node/state_core.hpp"
#include "ports/http.hpp"

namespace signalbox::app {

// The arguments outlive the router.
void RegisterStatusRoute(ports::Router& router, const Settings& settings, StateCore& core,
                         const Readiness& readiness);

}  // namespace signalbox::app
