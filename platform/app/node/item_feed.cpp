// Who publishes, and for how long.
#include "app/node/item_feed.hpp"

#include <utility>

#include "adapters/kafka/topic_writer.hpp"
#include "adapters/postgres/postgres_item_outbox.hpp"
#include "adapters/postgres/postgres_leases.hpp"
#include "app/node/kafka_brokers.hpp"
#include "base/hash.hpp"

namespace signalbox::app {
namespace {

constexpr char kLease[] = "items";

}  // namespace

bool ItemFeed::Wanted(const Settings& settings) {
  return settings.HasRole("ingest") && settings.event_log.kind == "kafka" &&
         settings.stores.control_store == "postgres" && !settings.event_log.kafka.items_topic.empty();
}

Result<std::unique_ptr<ItemFeed>> ItemFeed::Start(const Settings& settings,
                                                  std::shared_ptr<postgres::Database> database,
                                                  ports::Metrics& metrics, const std::string& node) {
  const auto options = KafkaOptions(settings.event_log.kafka);
  const auto plan = kafka::ItemsPlan(options, settings.event_log.kafka.items_topic);
  kafka::TopicWriterOptions writer;
  writer.queue_bytes = size_t{512} << 20;  // a batch of the largest items
  auto& given_up = metrics.GetCounter("signalbox_items_given_up_total",
                                      "Messages of items that are sent again, for nobody acknowledged them");
  auto topic = WaitForBrokers([&] { return kafka::TopicWriter::Open(options, plan, writer, given_up); });
  if (!topic) return Fail(topic.error());
  std::unique_ptr<ItemFeed> feed(new ItemFeed());
  feed->topic_ = std::move(*topic);
  feed->outbox_ = std::make_unique<postgres::PostgresItemOutbox>(database);
  feed->leases_ = std::make_unique<postgres::PostgresLeases>(database);
  feed->publisher_ = std::make_unique<ingest::ItemPublisher>(*feed->outbox_, *feed->topic_, metrics);
  // No batch begins unless the lease outlasts its messages.
  const process::LeaseTimes times{
      .ttl_ms = 10'000, .renew_ms = 1000, .margin_ms = writer.message_timeout_ms + 1000};
  feed->keeper_ = std::make_unique<process::LeaseKeeper>(
      *feed->leases_, kLease, node + "-" + RandomId().substr(0, 8),
      [publisher = feed->publisher_.get()](bool held) { publisher->SetActive(held); }, times);
  feed->publisher_->Start();
  feed->keeper_->Start();
  return feed;
}

ItemFeed::~ItemFeed() { Stop(); }

// The publisher ends before the lease is given up.
void ItemFeed::Stop() {
  if (publisher_) publisher_->Stop();
  if (keeper_) keeper_->Stop();
}

}  // namespace signalbox::app
