// The public routes of the recommend role.
#pragma once

#include "ports/http.hpp"
#include "ports/recommender.hpp"
#include "serve/tenant.hpp"

namespace signalbox::serve {

struct RouteParts {
  ports::Recommender* recommender = nullptr;
  TenantLookup tenants;  // for histories
};

// Adds GET and POST /recommendations, GET /popular, /trending, /similar/{item_id} and
// /users/{id}/history. Lifetime: the parts outlive the router. Handlers answer on the thread they
// are called on, which may wait up to the service's wait_ms.
void RegisterServeRoutes(ports::Router& router, RouteParts parts);

}  // namespace signalbox::serve
