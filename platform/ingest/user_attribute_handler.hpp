// What a shop tells of its users: PUT, PATCH and GET of /users/{id}.
#pragma once

#include <string>

#include "ingest/ingest_routes.hpp"
#include "ports/user_attributes.hpp"

namespace signalbox::ingest {

// Attributes are as those of items, without vectors. A write answers 200 once it is durable; serving
// knows of it within a second.
// Threads: any; waits for the database.
class UserAttributeHandler {
 public:
  explicit UserAttributeHandler(IngestDeps deps) : deps_(std::move(deps)), users_(*deps_.catalogue) {}

  void Put(std::string tenant, ports::HttpRequest request, ports::Responder respond);
  void Patch(std::string tenant, ports::HttpRequest request, ports::Responder respond);
  void Get(std::string tenant, ports::HttpRequest request, ports::Responder respond);

 private:
  void Write(const std::string& tenant, ports::HttpRequest request, ports::Responder respond, bool patch);

  const IngestDeps deps_;
  ports::UserAttributes users_;
};

}  // namespace signalbox::ingest
