// The public routes that write: /events, /items and /users.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "ports/applier.hpp"
#include "ports/catalogue_store.hpp"
#include "ports/event_log.hpp"
#include "ports/http.hpp"
#include "ports/metrics.hpp"

namespace signalbox::ingest {

// What ingest is wired to. Pointers outlive every request; functions are called from any thread
// and must not block.
struct IngestDeps {
  ports::EventLog* log = nullptr;
  ports::CatalogueStore* catalogue = nullptr;
  ports::RecentWrites* recent_writes = nullptr;  // null = nobody waits for writes in this process
  ports::Metrics* metrics = nullptr;
  const Clock* clock = nullptr;
  std::vector<std::string> event_types;  // registered names, lower case
  int dedup_window_hours = 24;           // as where the log is applied
  std::function<bool(std::string_view tenant)> knows_tenant;
  // Whether the event is already applied, as far as this process knows; empty = never known.
  std::function<bool(std::string_view tenant, std::string_view event_id)> was_applied{};
  // After each write of the catalogue or of users' attributes; empty = nobody follows.
  std::function<void(std::string_view tenant, uint64_t epoch)> on_catalogue_change{};
};

// Adds POST /events; POST, GET /items; GET, PATCH, DELETE /items/{id}; PUT, PATCH, GET, DELETE
// /users/{id}; POST /users/{id}/merge. The API is described in docs/api/openapi.yaml.
void RegisterIngestRoutes(ports::Router& router, IngestDeps deps);

}  // namespace signalbox::ingest
