// The catalogue's changes on their way to Kafka: outbox, lease, publisher and topic of one node.
#pragma once

#include <memory>
#include <string>

#include "adapters/postgres/database.hpp"
#include "app/config/config.hpp"
#include "ingest/item_publisher.hpp"
#include "ports/lease.hpp"
#include "ports/metrics.hpp"
#include "process/lease_keeper.hpp"

namespace signalbox::app {

// Runs on nodes with the role ingest where the event log is in Kafka and the catalogue in PostgreSQL.
// Threads: the owner's; Wake and failure from any.
class ItemFeed {
 public:
  // Whether the configuration asks for one on this node.
  static bool Wanted(const Settings& settings);

  // Makes or checks the topic, as OpenEventLog waiting for a broker, and starts.
  // node: this process's name among those that share the database. Lifetime: metrics outlives it.
  static Result<std::unique_ptr<ItemFeed>> Start(const Settings& settings,
                                                 std::shared_ptr<postgres::Database> database,
                                                 ports::Metrics& metrics, const std::string& node);
  ~ItemFeed();
  void Stop();

  void Wake() { publisher_->Wake(); }
  std::string failure() const { return publisher_->failure(); }

 private:
  ItemFeed() = default;

  // Declared so that what is used by others is destroyed after them.
  std::unique_ptr<ports::ItemOutbox> outbox_;
  std::unique_ptr<ports::Leases> leases_;
  std::unique_ptr<ports::MessageTopic> topic_;
  std::unique_ptr<ingest::ItemPublisher> publisher_;
  std::unique_ptr<process::LeaseKeeper> keeper_;
};

}  // namespace signalbox::app
