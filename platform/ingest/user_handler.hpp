// Merging a visitor into a user, and forgetting a user: both are records of the log, after what is known
// of the user's attributes was merged or erased.
#pragma once

#include <optional>
#include <string>

#include "ingest/ingest_routes.hpp"
#include "model/event.hpp"
#include "ports/user_attributes.hpp"

namespace signalbox::ingest {

// Answers 202 {"status": "accepted", "event_id", "position"} once the record is durable. What failed in
// between is done by sending the request again.
// Threads: any; waits for the database.
class UserHandler {
 public:
  explicit UserHandler(IngestDeps deps) : deps_(std::move(deps)), users_(*deps_.catalogue) {}

  void Merge(std::string tenant, ports::HttpRequest request, ports::Responder respond);
  void Forget(std::string tenant, ports::HttpRequest request, ports::Responder respond);

 private:
  void Append(model::LogRecord record, const ports::HttpRequest& request, ports::Responder respond);
  void Changed(const std::string& tenant, std::optional<uint64_t> epoch) const;

  const IngestDeps deps_;
  ports::UserAttributes users_;
};

}  // namespace signalbox::ingest
