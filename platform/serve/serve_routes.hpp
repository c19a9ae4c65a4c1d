// The public routes of the recommend role.
#pragma once

#include "base/clock.hpp"
#include "ports/applier.hpp"
#include "ports/http.hpp"
#include "ports/message_topic.hpp"
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
  // Told of every answer to /recommendations, /popular, /trending and /similar; null = nobody is. `clock` is
  // given with it.
  ports::MessageTopic* exposures = nullptr;
  const Clock* clock = nullptr;
  // Of what makes recommendations; kBlocking where the service's cache is over the network.
  ports::Execution execution = ports::Execution::kInline;
};

// Adds GET and POST /recommendations, GET /popular, /trending, /similar/{item_id}, /explain and
// /users/{id}/history. Lifetime: the dependencies outlive the router. Handlers wait for a
// visitor's own writes where the adapter lets them block, up to kWaitMs.
void RegisterServeRoutes(ports::Router& router, ServeDeps deps);

}  // namespace signalbox::serve
