// Batches of events on their way into the log.
#include "ingest/event_handler.hpp"

#include <algorithm>

#include "base/trace.hpp"
#include "ingest/storage_error.hpp"
#include "model/record_codec.hpp"
#include "ports/message_topic.hpp"

namespace signalbox::ingest {

// One request; kept alive by the log until its answer.
struct EventHandler::Batch {
  struct Recorded {
    size_t index;          // of the result
    std::string visitor;   // partition key
    std::string session;   // the session's own key, where the event carries a user too
    ports::Counter* type;  // events_ingested_total of its type
    uint64_t id_hash;      // 0 = the id is ours
  };

  std::string tenant;
  std::string trace_parent;
  ports::Responder respond;
  int64_t now_ms = 0;
  std::vector<ElementResult> results;
  std::vector<ports::AppendRequest> appends;
  std::vector<Recorded> recorded;                  // one per append
  std::unordered_map<uint64_t, size_t> own_ids;    // hash of a client's id to its first element
  std::vector<std::pair<size_t, size_t>> repeats;  // element, and the one before with its id
};

EventHandler::EventHandler(IngestDeps deps)
    : deps_(std::move(deps)),
      reader_(deps_.event_types),
      recent_ids_(deps_.dedup_window_hours * int64_t{3'600'000}) {
  for (const auto& type : deps_.event_types) {
    ingested_[type] = &deps_.metrics->GetCounter("events_ingested_total", "Events made durable in the log.",
                                                 {{"type", type}});
  }
}

void EventHandler::Post(std::string tenant, ports::HttpRequest request, ports::Responder respond) {
  const std::string* type = request.Header("Content-Type");
  // The parser reads a little past an element's end.
  request.body.reserve(request.body.size() + 64);
  const auto elements =
      SplitBatch(request.body, type == nullptr ? std::string_view() : *type, {}, kMaxEvents);
  if (!elements) {
    CountRejected(elements.error());
    return respond(ports::ErrorResponse(elements.error()));
  }
  auto batch = std::make_shared<Batch>();
  batch->tenant = std::move(tenant);
  batch->trace_parent = TraceParentOf(request.Header(ports::kTraceParentHeader));
  batch->respond = std::move(respond);
  batch->now_ms = deps_.clock->now_ms();
  batch->results.resize(elements->size());
  batch->appends.reserve(elements->size());
  batch->recorded.reserve(elements->size());
  for (size_t i = 0; i < elements->size(); ++i) {
    batch->results[i].line = (*elements)[i].line;
    ReadElement(*batch, i, (*elements)[i]);
  }
  if (batch->appends.empty()) return Answer(*batch);
  auto appends = std::move(batch->appends);
  deps_.log->Append(std::move(appends), [self = shared_from_this(), batch](auto positions) {
    self->Complete(*batch, std::move(positions));
  });
}

void EventHandler::ReadElement(Batch& batch, size_t index, const BatchElement& element) {
  ElementResult& result = batch.results[index];
  auto record = reader_.Read(element.text, batch.now_ms);
  if (auto ok = CheckDepth(element); !ok) record = Fail(std::move(ok.error()));
  if (!record) {
    CountRejected(record.error());
    result.outcome = Outcome::kRejected;
    result.error = std::move(record.error());
    return;
  }
  record->tenant = batch.tenant;
  uint64_t id_hash = 0;
  if (record->client_event_id && !record->event_id.empty()) {
    result.id = record->event_id;
    if (IsDuplicate(batch, index, record->event_id)) return;
    id_hash = recent_ids_.Hash(batch.tenant, record->event_id);
  } else {
    record->client_event_id = false;
    record->event_id = RandomId();
    result.id = record->event_id;
  }
  ports::AppendRequest append{model::PartitionKey(*record), {}, batch.trace_parent};
  append.payload.reserve(160 + record->properties.size());
  model::EncodeRecord(*record, &append.payload);
  std::string session;
  if (!record->user.empty() && !record->session.empty()) {
    model::LogRecord alone;
    alone.tenant = record->tenant;
    alone.session = record->session;
    session = model::PartitionKey(alone);
  }
  batch.recorded.push_back(
      {index, append.partition_key, std::move(session), ingested_.at(record->type), id_hash});
  batch.appends.push_back(std::move(append));
}

// Fills the result where it is one.
bool EventHandler::IsDuplicate(Batch& batch, size_t index, const std::string& event_id) {
  ElementResult& result = batch.results[index];
  const uint64_t hash = recent_ids_.Hash(batch.tenant, event_id);
  const auto [own, first] = batch.own_ids.emplace(hash, index);
  if (!first) {
    batch.repeats.emplace_back(index, own->second);
    result.outcome = Outcome::kDuplicate;
    return true;
  }
  result.position = recent_ids_.Find(hash, batch.now_ms);
  if (!result.position && !(deps_.was_applied && deps_.was_applied(batch.tenant, event_id))) return false;
  result.outcome = Outcome::kDuplicate;
  return true;
}

void EventHandler::Complete(Batch& batch, Result<std::vector<model::LogPosition>> positions) {
  ports::Counter* type = nullptr;
  double of_type = 0;  // in a row and not counted yet
  const std::optional<Error> error =
      positions ? std::nullopt : std::optional<Error>(ForClient(positions.error(), batch.trace_parent));
  for (size_t i = 0; i < batch.recorded.size(); ++i) {
    const Batch::Recorded& recorded = batch.recorded[i];
    ElementResult& result = batch.results[recorded.index];
    if (error) {
      result.outcome = Outcome::kRetry;
      result.error = error;
      continue;
    }
    const model::LogPosition position = (*positions)[i];
    result.position = position;
    if (recorded.type != type && type != nullptr) type->Add(std::exchange(of_type, 0));
    type = recorded.type;
    ++of_type;
    if (recorded.id_hash != 0) recent_ids_.Note(recorded.id_hash, position, batch.now_ms);
    if (deps_.recent_writes == nullptr) continue;
    deps_.recent_writes->Note(recorded.visitor, position);
    if (!recorded.session.empty()) deps_.recent_writes->Note(recorded.session, position);
  }
  if (type != nullptr) type->Add(of_type);
  Answer(batch);
}

void EventHandler::Answer(Batch& batch) {
  for (const auto& [index, first] : batch.repeats) {
    batch.results[index].position = batch.results[first].position;
    if (batch.results[first].outcome != Outcome::kRetry) continue;
    batch.results[index].outcome = Outcome::kRetry;
    batch.results[index].error = batch.results[first].error;
  }
  batch.respond(BatchResponse(batch.results, "event_id"));
}

void EventHandler::CountRejected(const Error& error) {
  // Labels come from a fixed list, never from the input.
  const auto& fields = EventFields();
  std::string reason = "json";
  if (error.code() == Code::kTooLarge) {
    reason = "too_large";
  } else if (std::find(fields.begin(), fields.end(), error.field()) != fields.end()) {
    reason = error.field();
  } else if (!error.field().empty() && error.field() != "body") {
    reason = "unknown_field";
  }
  deps_.metrics
      ->GetCounter("signalbox_ingest_rejected_total", "Events refused, by the field at fault.",
                   {{"reason", reason}})
      .Add();
}

}  // namespace signalbox::ingest
