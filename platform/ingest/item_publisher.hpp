// From the catalogue's outbox to the topic `items`: every change at least once, in order.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "ports/item_outbox.hpp"
#include "ports/message_topic.hpp"
#include "ports/metrics.hpp"

namespace signalbox::ingest {

struct ItemPublisherOptions {
  size_t batch_items = 200;
  int poll_ms = 200;      // how long a change made by another process may go unseen
  int retry_ms = 1000;    // after a failure
  int measure_ms = 5000;  // between two looks at the outbox's size
};

// Of an item: {"tenant", "version", "added_at", "item": {...}}, or a tombstone where it is deleted; keyed by
// tenant, item type and item (docs/api/kafka-item.schema.json).
ports::TopicMessage ItemMessage(const ports::OutboxEntry& entry);

// Publishes while it is active; of several processes one at a time is (docs/adr/0017). An item that is
// larger than the topic takes is left out, logged and counted: what comes after it must not wait for it.
//
// Threads: Start and Stop from the owner, the rest from any.
class ItemPublisher {
 public:
  // The arguments outlive it.
  ItemPublisher(ports::ItemOutbox& outbox, ports::MessageTopic& topic, ports::Metrics& metrics,
                ItemPublisherOptions options = {});
  ~ItemPublisher();

  void Start();
  // Returns after the batch at hand. Idempotent.
  void Stop();

  // Whether this process is the one that publishes.
  void SetActive(bool active);
  // There is a change: look at once.
  void Wake();

  // Publishes the oldest batch; how many entries went. What the thread does over and over.
  Result<size_t> Step();
  // Looks at the outbox's size, for the metrics.
  void Measure();

  // Why entries do not go out now; empty = they do, or it is not active. For readiness.
  std::string failure() const;

 private:
  void Run();
  Result<void> PublishEach(const std::vector<ports::OutboxEntry>& entries);
  void NoteFailure(const Error* error);
  bool active() const;

  ports::ItemOutbox& outbox_;
  ports::MessageTopic& topic_;
  const ItemPublisherOptions options_;
  ports::Gauge& entries_;
  ports::Gauge& age_;
  ports::Counter& published_;
  ports::Counter& failures_;
  ports::Counter& left_out_;

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  bool active_ = false, woken_ = false, stopping_ = false;
  std::string failure_;
  std::thread thread_;  // the owner's
};

}  // namespace signalbox::ingest
