// The public routes of the recommend role.
#pragma once

#include "ports/applier.hpp"
#include "ports/http.hpp"
#include "ports/recommender.hpp"
#include "serve/tenant.hpp"

namespace signalbox::serve {

struct ServeDeps {
  ports::Recommender* service = nullptr;
  TenantLookup tenants;
  // For histories, which wait for the user's own events; null as in ServiceParts.
  ports::Applier* applier = nullptr;
  const ports::RecentWrites* recent = nullptr;
  ports::Metrics* metrics = nullptr;  // null = parsing and writing are not measured
};

// Adds GET and POST /recommendations, GET /popular, /trending, /similar/{item_id}, /explain and
// /users/{id}/history. Lifetime: the dependencies outlive the router. Handlers answer on the thread they
// are called on, which may wait up to the service's wait_ms.
void RegisterServeRoutes(ports::Router& router, ServeDeps deps);

}  // namespace signalbox::serve
