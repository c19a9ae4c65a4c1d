// POST /events: cut, check, record, answer.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "ingest/batch_results.hpp"
#include "ingest/batch_splitter.hpp"
#include "ingest/event_reader.hpp"
#include "ingest/ingest_routes.hpp"
#include "ingest/recent_ids.hpp"

namespace signalbox::ingest {

inline constexpr size_t kMaxEvents = 10'000;

// The good events of a request are appended together, all or none; the answer is given from the
// log's thread once they are durable. Threads: any.
class EventHandler : public std::enable_shared_from_this<EventHandler> {
 public:
  explicit EventHandler(IngestDeps deps);

  void Post(std::string tenant, ports::HttpRequest request, ports::Responder respond);

 private:
  struct Batch;
  void ReadElement(Batch& batch, size_t index, const BatchElement& element);
  bool IsDuplicate(Batch& batch, size_t index, const std::string& event_id);
  void Complete(Batch& batch, Result<std::vector<model::LogPosition>> positions);
  // Gives repeats within the batch what became of their first, and answers.
  void Answer(Batch& batch);
  void CountRejected(const Error& error);

  const IngestDeps deps_;
  const EventReader reader_;
  RecentIds recent_ids_;
  std::unordered_map<std::string, ports::Counter*> ingested_;  // by type; fixed at construction
};

}  // namespace signalbox::ingest
