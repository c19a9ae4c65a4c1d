// Users between HTTP and the store.
#include "ingest/user_attribute_handler.hpp"

#include <utility>

#include "ingest/ids.hpp"
#include "ingest/item_reader.hpp"
#include "ingest/storage_error.hpp"
#include "ports/item_json.hpp"

namespace signalbox::ingest {
namespace {

tl::unexpected<Error> Refuse(const char* field, const std::string& what, const char* hint) {
  return Fail(Error(Code::kInvalidArgument, field + what).WithField(field).WithHint(hint));
}

// The body is an item's without what only items have.
Result<ItemInput> ReadUser(std::string& body, const std::string& user, int64_t now_ms) {
  body.reserve(body.size() + 64);  // the parser reads a little past the end
  auto input = ReadItem(body, now_ms);
  if (!input) return input;
  if (!input->item.id.empty() || input->has_type)
    return Refuse("item_id", " is not an attribute of a user", "Leave item_id and item_type out.");
  if (!input->item.vectors.empty() || !input->nulls.vectors.empty())
    return Refuse("vectors", " are for items", "Give attributes only.");
  if (input->item.attributes.contains("user_id"))
    return Refuse("user_id", " is in the path", "Leave it out of the body.");
  input->item.id = user;
  input->item.type = ports::UserAttributes::Of(user).type;
  return input;
}

}  // namespace

void UserAttributeHandler::Put(std::string tenant, ports::HttpRequest request, ports::Responder respond) {
  Write(tenant, std::move(request), std::move(respond), false);
}

void UserAttributeHandler::Patch(std::string tenant, ports::HttpRequest request, ports::Responder respond) {
  Write(tenant, std::move(request), std::move(respond), true);
}

void UserAttributeHandler::Write(const std::string& tenant, ports::HttpRequest request,
                                 ports::Responder respond, bool patch) {
  const std::string user = *request.Param("id");
  if (auto ok = CheckId(user, "id"); !ok) return respond(ports::ErrorResponse(ok.error()));
  const auto input = ReadUser(request.body, user, deps_.clock->now_ms());
  if (!input) return respond(ports::ErrorResponse(input.error()));
  const auto epoch =
      patch ? users_.Patch(tenant, input->item, input->nulls.attributes) : users_.Put(tenant, input->item);
  if (!epoch) return respond(ports::ErrorResponse(ForClient(epoch.error())));
  if (deps_.on_catalogue_change) deps_.on_catalogue_change(tenant, *epoch);
  ports::HttpResponse response;
  response.body = R"({"status":"accepted","user_id":)";
  ports::AppendJsonText(user, &response.body);
  response.body += '}';
  respond(std::move(response));
}

void UserAttributeHandler::Get(std::string tenant, ports::HttpRequest request, ports::Responder respond) {
  const std::string& user = *request.Param("id");
  if (auto ok = CheckId(user, "id"); !ok) return respond(ports::ErrorResponse(ok.error()));
  const auto known = users_.Get(tenant, user);
  if (!known) return respond(ports::ErrorResponse(ForClient(known.error())));
  if (!*known) {
    return respond(ports::ErrorResponse(404, "not_found", "no attributes of user \"" + user + "\" are known",
                                        "PUT /users/{id} gives some; events need none."));
  }
  ports::HttpResponse response;
  response.body = "{\"user_id\":";
  ports::AppendJsonText(user, &response.body);
  ports::AppendAttributesJson(**known, &response.body);
  response.body += '}';
  respond(std::move(response));
}

}  // namespace signalbox::ingest
