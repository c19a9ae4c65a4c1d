// Which handler answers which route, for which tenant.
#include "ingest/ingest_routes.hpp"

#include <memory>
#include <utility>

#include "ingest/event_handler.hpp"
#include "ingest/item_handler.hpp"
#include "ingest/query_check.hpp"
#include "ingest/user_attribute_handler.hpp"
#include "ingest/user_handler.hpp"

namespace signalbox::ingest {
namespace {

using Parameters = std::vector<std::string>;

// Calls (handler.*method)(tenant, request, responder) for tenants that exist and requests whose
// query has only these parameters.
template <typename Handler>
ports::HttpHandler ForTenant(const IngestDeps& deps, std::shared_ptr<Handler> handler,
                             void (Handler::*method)(std::string, ports::HttpRequest, ports::Responder),
                             Parameters parameters = {}) {
  return [knows = deps.knows_tenant, handler = std::move(handler), method,
          parameters = std::move(parameters)](ports::HttpRequest request, ports::Responder respond) {
    const std::string* named = request.Header("X-Tenant-ID");
    std::string tenant = named == nullptr || named->empty() ? std::string(model::kDefaultTenant) : *named;
    if (!knows(tenant)) {
      return respond(ports::ErrorResponse(404, "unknown_tenant", "there is no tenant \"" + tenant + "\"",
                                          "Leave X-Tenant-ID out for the default one, or add it to the "
                                          "configuration (tenants.names)."));
    }
    if (auto ok = CheckQuery(request, parameters); !ok) return respond(ports::ErrorResponse(ok.error()));
    ((*handler).*method)(std::move(tenant), std::move(request), std::move(respond));
  };
}

}  // namespace

void RegisterIngestRoutes(ports::Router& router, IngestDeps deps) {
  const auto events = std::make_shared<EventHandler>(deps);
  // Inline: what only the log has to wait for is answered by the log's thread.
  router.Add("POST", "/events", ForTenant(deps, events, &EventHandler::Post), ports::Execution::kInline);

  const auto items = std::make_shared<ItemHandler>(deps);
  router.Add("POST", "/items", ForTenant(deps, items, &ItemHandler::Post));
  router.Add("GET", "/items", ForTenant(deps, items, &ItemHandler::List, {"cursor", "limit"}));
  router.Add("GET", "/items/{id}", ForTenant(deps, items, &ItemHandler::Get, {"item_type"}));
  router.Add("PATCH", "/items/{id}", ForTenant(deps, items, &ItemHandler::Patch, {"item_type"}));
  router.Add("DELETE", "/items/{id}", ForTenant(deps, items, &ItemHandler::Delete, {"item_type"}));

  const auto users = std::make_shared<UserHandler>(deps);
  router.Add("POST", "/users/{id}/merge", ForTenant(deps, users, &UserHandler::Merge));
  router.Add("DELETE", "/users/{id}", ForTenant(deps, users, &UserHandler::Forget));
  const auto told = std::make_shared<UserAttributeHandler>(deps);
  router.Add("PUT", "/users/{id}", ForTenant(deps, told, &UserAttributeHandler::Put));
  router.Add("PATCH", "/users/{id}", ForTenant(deps, told, &UserAttributeHandler::Patch));
  router.Add("GET", "/users/{id}", ForTenant(deps, told, &UserAttributeHandler::Get));
}

}  // namespace signalbox::ingest
