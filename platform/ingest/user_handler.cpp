// Merge and forget records.
#include "ingest/user_handler.hpp"

#include <memory>

#include "base/hash.hpp"
#include "base/trace.hpp"
#include "ingest/event_reader.hpp"
#include "ingest/ids.hpp"
#include "ingest/storage_error.hpp"
#include "model/record_codec.hpp"
#include "ports/message_topic.hpp"

namespace signalbox::ingest {
namespace {

ports::HttpResponse Accepted(const std::string& event_id, model::LogPosition position) {
  ports::HttpResponse response;
  response.status = 202;
  response.body = R"({"status":"accepted","event_id":)";
  ports::AppendJsonText(event_id, &response.body);
  response.body += ",\"position\":";
  ports::AppendJsonText(model::ToString(position), &response.body);
  response.body += '}';
  return response;
}

}  // namespace

void UserHandler::Merge(std::string tenant, ports::HttpRequest request, ports::Responder respond) {
  const std::string& user = *request.Param("id");
  if (auto ok = CheckId(user, "id"); !ok) return respond(ports::ErrorResponse(ok.error()));
  request.body.reserve(request.body.size() + 64);  // the parser reads a little past the end
  auto source = ReadMerge(request.body);
  if (!source) return respond(ports::ErrorResponse(source.error()));
  if (source->is_user && source->id == user) {
    return respond(ports::ErrorResponse(Error(Code::kInvalidArgument, "from_user_id is the user itself")
                                            .WithField("from_user_id")
                                            .WithHint("Name the anonymous visitor who has logged in.")));
  }
  if (source->is_user) {
    const auto merged = users_.Merge(tenant, source->id, user);
    if (!merged) return respond(ports::ErrorResponse(ForClient(merged.error())));
    Changed(tenant, *merged);
  }
  model::LogRecord record;
  record.kind = model::RecordKind::kMerge;
  record.tenant = std::move(tenant);
  record.user = user;
  record.from = std::move(source->id);
  record.from_is_user = source->is_user;
  Append(std::move(record), request, std::move(respond));
}

void UserHandler::Forget(std::string tenant, ports::HttpRequest request, ports::Responder respond) {
  const std::string& user = *request.Param("id");
  if (auto ok = CheckId(user, "id"); !ok) return respond(ports::ErrorResponse(ok.error()));
  const auto erased = users_.Erase(tenant, user);
  if (!erased) return respond(ports::ErrorResponse(ForClient(erased.error())));
  Changed(tenant, *erased);
  model::LogRecord record;
  record.kind = model::RecordKind::kForget;
  record.tenant = std::move(tenant);
  record.user = user;
  Append(std::move(record), request, std::move(respond));
}

void UserHandler::Changed(const std::string& tenant, std::optional<uint64_t> epoch) const {
  if (epoch && deps_.on_catalogue_change) deps_.on_catalogue_change(tenant, *epoch);
}

void UserHandler::Append(model::LogRecord record, const ports::HttpRequest& request,
                         ports::Responder respond) {
  record.event_id = RandomId();
  record.event_time_ms = deps_.clock->now_ms();
  std::vector<ports::AppendRequest> batch(1);
  batch[0].partition_key = model::PartitionKey(record);
  model::EncodeRecord(record, &batch[0].payload);
  batch[0].trace_parent = TraceParentOf(request.Header(ports::kTraceParentHeader));
  std::string trace = batch[0].trace_parent;
  // A log's callback is copyable, a responder is not.
  const auto held = std::make_shared<ports::Responder>(std::move(respond));
  deps_.log->Append(std::move(batch),
                    [held, writes = deps_.recent_writes, visitor = model::PartitionKey(record),
                     event_id = record.event_id, trace = std::move(trace)](auto positions) {
                      if (!positions)
                        return (*held)(ports::ErrorResponse(ForClient(positions.error(), trace)));
                      if (writes != nullptr) writes->Note(visitor, positions->front());
                      (*held)(Accepted(event_id, positions->front()));
                    });
}

}  // namespace signalbox::ingest
