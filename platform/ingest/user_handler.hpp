// Merging a visitor into a user, and forgetting a user: both are records of the log.
#pragma once

#include <string>

#include "ingest/ingest_routes.hpp"
#include "model/event.hpp"

namespace signalbox::ingest {

// Answers 202 {"status": "accepted", "event_id", "position"} once the record is durable.
// Threads: any.
class UserHandler {
 public:
  explicit UserHandler(IngestDeps deps) : deps_(std::move(deps)) {}

  void Merge(std::string tenant, ports::HttpRequest request, ports::Responder respond);
  void Forget(std::string tenant, ports::HttpRequest request, ports::Responder respond);

 private:
  void Append(model::LogRecord record, const ports::HttpRequest& request, ports::Responder respond);

  const IngestDeps deps_;
};

}  // namespace signalbox::ingest
