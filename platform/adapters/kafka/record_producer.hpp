// Appends: batches of records to an idempotent producer, and their acknowledgements back.
#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <thread>
#include <vector>

#include "adapters/kafka/client.hpp"
#include "adapters/kafka/producer_upkeep.hpp"
#include "ports/event_log.hpp"

namespace signalbox::kafka {

// A batch's records go to Kafka one by one; `done` is called when the last one's delivery report is
// in. A batch of which a record failed is kUnavailable as a whole, and what Kafka kept of it is then
// unknown.
//
// When an append has waited for append_timeout_ms, all that wait are given up and a new producer is
// made. After a fatal error of the producer (its sequence numbers no longer fit the brokers') a new
// one is made, too, and batches of which surely nothing was kept go out again in their order. Others
// are not: what the brokers may hold already would stand there twice.
//
// Threads: any for the public members. One thread hears delivery reports, one does upkeep.
class RecordProducer {
 public:
  // Asks for the topic's metadata, without which the first record would wait for up to a second.
  // Errors: kInvalidArgument; kUnavailable when no broker answers.
  static Result<std::unique_ptr<RecordProducer>> Start(const EventLogOptions& options);
  ~RecordProducer();

  void Append(std::vector<ports::AppendRequest> batch, ports::EventLog::Done done);
  Result<void> Writable() const;
  void Close();

  uint64_t acknowledged_records() const { return acknowledged_records_; }
  uint64_t acknowledged_bytes() const { return acknowledged_bytes_; }

  // Plays a fatal error, for tests.
  void BreakForTest();

 private:
  struct Batch;
  struct Slot {
    Batch* batch = nullptr;
    uint32_t index = 0;
  };
  struct Batch {
    ports::EventLog::Done done;
    std::vector<ports::AppendRequest> requests;
    std::vector<model::LogPosition> positions;
    std::vector<Slot> slots;  // of librdkafka's messages; they point here
    uint64_t number = 0;      // in the order of the calls
    int64_t began_us = 0;
    std::list<Batch*>::iterator place;  // in waiting_
    size_t bytes = 0;
    std::atomic<size_t> left{0};
    std::atomic<bool> maybe_kept{false};
    std::atomic<int> error{0};  // an rd_kafka_resp_err_t, of whichever record failed last
  };

  explicit RecordProducer(const EventLogOptions& options)
      : options_(options), upkeep_([this] { return ProbeIfOpen(); }) {}
  Result<void> Open();
  Result<void> Admit(const std::vector<ports::AppendRequest>& batch, size_t bytes);
  void Produce(std::unique_ptr<Batch> batch);
  void Delivered(const rd_kafka_message_t& message);
  void Finish(std::unique_ptr<Batch> batch);
  void Complete(Batch& batch, Result<std::vector<model::LogPosition>> result);
  void HearReports();
  void Replace(const std::string& reason, bool send_again);
  bool Overdue() const;
  void GiveBack(Batch& batch);
  void Purge();
  void NoteError(int code, const char* reason);
  Result<void> Probe();
  Result<void> ProbeIfOpen();
  rd_kafka_error_t* SendOne(const ports::AppendRequest& request, Slot* slot);

  const EventLogOptions& options_;

  mutable std::shared_mutex handle_mutex_;  // exclusive while the producer is exchanged
  Handle handle_;
  Topic topic_;

  std::atomic<size_t> bytes_{0}, records_{0};  // taken and not completed

  mutable std::mutex waiting_mutex_;
  std::list<Batch*> waiting_;  // taken and not completed, the oldest first; guarded by waiting_mutex_
  uint64_t next_number_ = 0;   // guarded by waiting_mutex_
  std::atomic<uint64_t> acknowledged_records_{0}, acknowledged_bytes_{0};
  std::atomic<bool> closing_{false}, refusing_{false}, ended_{false};

  // Of the thread that hears reports.
  bool rebuilding_ = false, given_up_ = false;
  std::vector<std::unique_ptr<Batch>> again_;

  std::mutex close_mutex_;
  std::thread reports_;
  ProducerUpkeep upkeep_;  // ends first
};

}  // namespace signalbox::kafka
