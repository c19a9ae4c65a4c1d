// Items between HTTP and the catalogue's store.
#include "ingest/item_handler.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "ingest/batch_splitter.hpp"
#include "ingest/ids.hpp"
#include "ingest/item_reader.hpp"
#include "ingest/storage_error.hpp"
#include "ports/item_json.hpp"

namespace signalbox::ingest {
namespace {

Result<model::ItemKey> KeyOf(const ports::HttpRequest& request) {
  model::ItemKey key;
  key.id = *request.Param("id");
  if (auto ok = CheckId(key.id, "id"); !ok) return Fail(std::move(ok.error()));
  if (const std::string* type = request.Query("item_type")) {
    if (auto ok = CheckId(*type, "item_type"); !ok) return Fail(std::move(ok.error()));
    key.type = *type;
  }
  return key;
}

ports::HttpResponse Accepted(const model::ItemKey& key) {
  ports::HttpResponse response;
  response.body = R"({"status":"accepted","item_id":)";
  ports::AppendJsonText(key.id, &response.body);
  response.body += ",\"item_type\":";
  ports::AppendJsonText(key.type, &response.body);
  response.body += '}';
  return response;
}

ports::HttpResponse NoSuchItem(const model::ItemKey& key) {
  return ports::ErrorResponse(404, "not_found",
                              "there is no item \"" + key.id + "\" of type \"" + key.type + "\"",
                              "Items of another type than \"item\" need ?item_type=.");
}

// The 3 of "items[3].price"; nullopt = the error is not about one item.
std::optional<size_t> TakeIndex(std::string_view* field) {
  constexpr std::string_view kPrefix = "items[";
  if (field->substr(0, kPrefix.size()) != kPrefix) return std::nullopt;
  size_t index = 0;
  const char* const end = field->data() + field->size();
  const auto [after, fault] = std::from_chars(field->data() + kPrefix.size(), end, index);
  if (fault != std::errc() || after == end || *after != ']') return std::nullopt;
  field->remove_prefix(static_cast<size_t>(after - field->data()) + 1);
  if (!field->empty()) field->remove_prefix(1);  // the dot
  return index;
}

// "items[3].price: …" as an error of the item alone: the index is said beside it.
Error WithoutIndex(const Error& error, std::string_view field) {
  std::string message = error.message();
  if (message.substr(0, error.field().size()) == error.field()) {
    message = std::string(field) + message.substr(error.field().size());
  }
  return Error(error.code(), std::move(message))
      .WithField(std::string(field))
      .WithHint(std::string(error.hint()));
}

Result<size_t> LimitOf(const ports::HttpRequest& request) {
  const std::string* text = request.Query("limit");
  if (text == nullptr) return kDefaultPage;
  size_t limit = 0;
  const char* const end = text->data() + text->size();
  const auto [after, fault] = std::from_chars(text->data(), end, limit);
  if (fault == std::errc() && after == end && limit >= 1 && limit <= kMaxPage) return limit;
  return Fail(Error(Code::kInvalidArgument, "limit is not a number from 1 to " + std::to_string(kMaxPage))
                  .WithField("limit")
                  .WithHint("Leave it out for " + std::to_string(kDefaultPage) + "."));
}

}  // namespace

void ItemHandler::Post(std::string tenant, ports::HttpRequest request, ports::Responder respond) {
  const std::string* type = request.Header("Content-Type");
  request.body.reserve(request.body.size() + 64);  // the parser reads a little past an element's end
  const auto elements =
      SplitBatch(request.body, type == nullptr ? std::string_view() : *type, "items", kMaxItems);
  if (!elements) return respond(ports::ErrorResponse(elements.error()));
  std::vector<ElementResult> results(elements->size());
  std::vector<model::Item> items;
  std::vector<size_t> of;
  const int64_t now_ms = deps_.clock->now_ms();
  for (size_t i = 0; i < elements->size(); ++i) {
    results[i].line = (*elements)[i].line;
    auto input = ReadItem((*elements)[i].text, now_ms);
    if (auto ok = CheckDepth((*elements)[i]); !ok) input = Fail(std::move(ok.error()));
    if (input && input->item.id.empty()) {
      input = Fail(Error(Code::kInvalidArgument, "item_id is missing")
                       .WithField("item_id")
                       .WithHint("Name the item."));
    }
    if (!input) {
      results[i].outcome = Outcome::kRejected;
      results[i].error = std::move(input.error());
      continue;
    }
    results[i].id = input->item.id;
    items.push_back(std::move(input->item));
    of.push_back(i);
  }
  Write(tenant, std::move(items), std::move(of), &results);
  respond(BatchResponse(results, "item_id"));
}

void ItemHandler::Write(const std::string& tenant, std::vector<model::Item> items, std::vector<size_t> of,
                        std::vector<ElementResult>* results) {
  while (!items.empty()) {
    const auto epoch = deps_.catalogue->Put(tenant, items);
    if (epoch) return Changed(tenant, *epoch);
    std::string_view field = epoch.error().field();
    const auto index = TakeIndex(&field);
    if (!index || *index >= items.size()) {
      const Error error = ForClient(epoch.error());
      for (const size_t i : of) {
        (*results)[i].outcome = error.retryable() ? Outcome::kRetry : Outcome::kRejected;
        (*results)[i].error = error;
      }
      return;
    }
    // Nothing was written: go on without the one at fault.
    ElementResult& refused = (*results)[of[*index]];
    refused.outcome = Outcome::kRejected;
    refused.error = WithoutIndex(epoch.error(), field);
    items.erase(items.begin() + static_cast<std::ptrdiff_t>(*index));
    of.erase(of.begin() + static_cast<std::ptrdiff_t>(*index));
  }
}

void ItemHandler::Changed(const std::string& tenant, uint64_t epoch) const {
  if (deps_.on_catalogue_change) deps_.on_catalogue_change(tenant, epoch);
}

void ItemHandler::List(std::string tenant, ports::HttpRequest request, ports::Responder respond) {
  const auto limit = LimitOf(request);
  if (!limit) return respond(ports::ErrorResponse(limit.error()));
  const std::string* cursor = request.Query("cursor");
  const auto page = deps_.catalogue->List(tenant, cursor == nullptr ? std::string_view() : *cursor, *limit);
  if (!page) return respond(ports::ErrorResponse(ForClient(page.error())));
  ports::HttpResponse response;
  response.body = "{\"items\":[";
  for (const model::Item& item : page->items) {
    if (&item != &page->items.front()) response.body += ',';
    ports::AppendItemJson(item, &response.body);
  }
  response.body += ']';
  if (!page->next_cursor.empty()) {
    response.body += ",\"next_cursor\":";
    ports::AppendJsonText(page->next_cursor, &response.body);
  }
  response.body += '}';
  respond(std::move(response));
}

void ItemHandler::Get(std::string tenant, ports::HttpRequest request, ports::Responder respond) {
  const auto key = KeyOf(request);
  if (!key) return respond(ports::ErrorResponse(key.error()));
  const auto item = deps_.catalogue->Get(tenant, *key);
  if (!item) return respond(ports::ErrorResponse(ForClient(item.error())));
  if (!*item) return respond(NoSuchItem(*key));
  ports::HttpResponse response;
  ports::AppendItemJson(**item, &response.body);
  respond(std::move(response));
}

void ItemHandler::Patch(std::string tenant, ports::HttpRequest request, ports::Responder respond) {
  const auto key = KeyOf(request);
  if (!key) return respond(ports::ErrorResponse(key.error()));
  request.body.reserve(request.body.size() + 64);
  auto input = ReadItem(request.body, deps_.clock->now_ms());
  if (!input) return respond(ports::ErrorResponse(input.error()));
  if ((!input->item.id.empty() && input->item.id != key->id) ||
      (input->has_type && input->item.type != key->type)) {
    return respond(
        ports::ErrorResponse(Error(Code::kInvalidArgument, "the body names another item than the path")
                                 .WithField("item_id")
                                 .WithHint("Leave item_id and item_type out of the body.")));
  }
  input->item.id = key->id;
  input->item.type = key->type;
  const auto epoch = deps_.catalogue->Patch(tenant, input->item, input->nulls);
  if (!epoch && epoch.error().code() == Code::kNotFound) return respond(NoSuchItem(*key));
  if (!epoch) return respond(ports::ErrorResponse(ForClient(epoch.error())));
  Changed(tenant, *epoch);
  respond(Accepted(*key));
}

void ItemHandler::Delete(std::string tenant, ports::HttpRequest request, ports::Responder respond) {
  const auto key = KeyOf(request);
  if (!key) return respond(ports::ErrorResponse(key.error()));
  const auto epoch = deps_.catalogue->Delete(tenant, *key);
  if (!epoch && epoch.error().code() == Code::kNotFound) return respond(NoSuchItem(*key));
  if (!epoch) return respond(ports::ErrorResponse(ForClient(epoch.error())));
  Changed(tenant, *epoch);
  respond(Accepted(*key));
}

}  // namespace signalbox::ingest
