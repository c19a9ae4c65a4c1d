// Which handler answers which route, for which tenant.
#include "ingest/ingest_routes.hpp"

#include <memory>
#include <utility>

#include "ingest/event_handler.hpp"
#include "ingest/item_handler.hpp"
#include "ingest/user_handler.hpp"

namespace signalbox::ingest {
namespace {

// Calls (handler.*method)(tenant, request, responder) for tenants that exist.
template <typename Handler>
ports::HttpHandler ForTenant(const IngestDeps& deps, std::shared_ptr<Handler> handler,
                             void (Handler::*method)(std::string, ports::HttpRequest, ports::Responder)) {
  return [knows = deps.knows_tenant, handler = std::move(handler), method](ports::HttpRequest request,
                                                                           ports::Responder respond) {
    const std::string* named = request.Header("X-Tenant-ID");
    std::string tenant = named == nullptr ? std::string(model::kDefaultTenant) : *named;
    if (!knows(tenant)) {
      return respond(ports::ErrorResponse(404, "unknown_tenant", "there is no tenant \"" + tenant + "\"",
                                          "Leave X-Tenant-ID out for the default one, or add it to the "
                                          "configuration (tenants.names)."));
    }
    ((*handler).*method)(std::move(tenant), std::move(request), std::move(respond));
  };
}

}  // namespace

void RegisterIngestRoutes(ports::Router& router, IngestDeps deps) {
  const auto events = std::make_shared<EventHandler>(deps);
  router.Add("POST", "/events", ForTenant(deps, events, &EventHandler::Post));

  const auto items = std::make_shared<ItemHandler>(deps);
  router.Add("POST", "/items", ForTenant(deps, items, &ItemHandler::Post));
  router.Add("GET", "/items", ForTenant(deps, items, &ItemHandler::List));
  router.Add("GET", "/items/{id}", ForTenant(deps, items, &ItemHandler::Get));
  router.Add("PATCH", "/items/{id}", ForTenant(deps, items, &ItemHandler::Patch));
  router.Add("DELETE", "/items/{id}", ForTenant(deps, items, &ItemHandler::Delete));

  const auto users = std::make_shared<UserHandler>(deps);
  router.Add("POST", "/users/{id}/merge", ForTenant(deps, users, &UserHandler::Merge));
  router.Add("DELETE", "/users/{id}", ForTenant(deps, users, &UserHandler::Forget));
}

}  // namespace signalbox::ingest
