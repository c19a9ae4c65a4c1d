// Taking batches out of the outbox, sending them, and waiting while either end is away.
#include "ingest/item_publisher.hpp"

#include <chrono>
#include <utility>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/time_text.hpp"
#include "ports/http.hpp"
#include "ports/item_json.hpp"

namespace signalbox::ingest {

ports::TopicMessage ItemMessage(const ports::OutboxEntry& entry) {
  const auto& [tenant, change] = entry;
  const std::string version = std::to_string(change.epoch);
  ports::TopicMessage message;
  for (const std::string* part : {&tenant, &change.item.type, &change.item.id}) {
    if (part != &tenant) message.key.push_back('\0');
    message.key += *part;
  }
  message.headers = {{ports::kContentTypeHeader, "application/json"},
                     {ports::kSchemaVersionHeader, "1"},
                     {ports::kTenantHeader, tenant},
                     {ports::kItemVersionHeader, version}};
  if (change.deleted) return message;
  auto& json = message.value.emplace(R"({"tenant":)");
  ports::AppendJsonText(tenant, &json);
  json += ",\"version\":" + version;
  if (change.added_ms > 0) json += ",\"added_at\":\"" + FormatRfc3339(change.added_ms) + '"';
  json += ",\"item\":";
  ports::AppendItemJson(change.item, &json);
  json += '}';
  return message;
}

ItemPublisher::ItemPublisher(ports::ItemOutbox& outbox, ports::MessageTopic& topic, ports::Metrics& metrics,
                             ItemPublisherOptions options)
    : outbox_(outbox),
      topic_(topic),
      options_(options),
      entries_(metrics.GetGauge("signalbox_items_outbox_entries",
                                "Items whose last change is not in the topic of items yet")),
      age_(metrics.GetGauge("signalbox_items_outbox_age_seconds",
                            "How long the oldest change has waited for the topic of items")),
      published_(metrics.GetCounter("signalbox_items_published_total",
                                    "Changes that the topic of items has acknowledged")),
      failures_(metrics.GetCounter("signalbox_items_publish_failures_total",
                                   "Batches of changes that have to be sent again")),
      left_out_(metrics.GetCounter("signalbox_items_left_out_total",
                                   "Changes that are too large for the topic of items")) {}

ItemPublisher::~ItemPublisher() { Stop(); }

void ItemPublisher::Start() {
  thread_ = std::thread([this] { Run(); });
}

void ItemPublisher::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void ItemPublisher::SetActive(bool active) {
  {
    const std::lock_guard lock(mutex_);
    active_ = woken_ = active;
    if (!active) failure_.clear();
  }
  wake_.notify_all();
}

void ItemPublisher::Wake() {
  {
    const std::lock_guard lock(mutex_);
    woken_ = true;
  }
  wake_.notify_all();
}

bool ItemPublisher::active() const {
  const std::lock_guard lock(mutex_);
  return active_;
}

std::string ItemPublisher::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

void ItemPublisher::Run() {
  int64_t measure_at_us = 0;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const bool active = active_;
    woken_ = false;
    lock.unlock();
    if (const int64_t now_us = MonotonicMicros(); now_us >= measure_at_us) {
      Measure();
      measure_at_us = now_us + int64_t{options_.measure_ms} * 1000;
    }
    Result<size_t> sent = size_t{0};
    if (active) {
      sent = Step();
      NoteFailure(sent ? nullptr : &sent.error());
    }
    lock.lock();
    if (sent && *sent == options_.batch_items) continue;
    if (sent) {
      wake_.wait_for(lock, std::chrono::milliseconds(options_.poll_ms),
                     [this] { return stopping_ || woken_; });
    } else {
      // A write does not make the brokers come back.
      wake_.wait_for(lock, std::chrono::milliseconds(options_.retry_ms), [this] { return stopping_; });
    }
  }
}

Result<size_t> ItemPublisher::Step() {
  const auto entries = outbox_.Oldest(options_.batch_items);
  if (!entries) return Fail(entries.error());
  if (entries->empty() || !active()) return size_t{0};
  std::vector<ports::TopicMessage> messages;
  messages.reserve(entries->size());
  for (const auto& entry : *entries) messages.push_back(ItemMessage(entry));
  auto published = topic_.Publish(messages);
  if (!published && published.error().code() == Code::kTooLarge) {
    published = PublishEach(*entries);
  } else if (published) {
    published_.Add(static_cast<double>(entries->size()));
  }
  if (!published) {
    failures_.Add();
    return Fail(published.error());
  }
  if (auto removed = outbox_.Remove(*entries); !removed) return Fail(removed.error());
  return entries->size();
}

// One by one, leaving out those that the topic never takes.
Result<void> ItemPublisher::PublishEach(const std::vector<ports::OutboxEntry>& entries) {
  for (const auto& entry : entries) {
    if (!active()) return Fail(Code::kUnavailable, "another node publishes the items now");
    const auto published = topic_.Publish({ItemMessage(entry)});
    if (published) {
      published_.Add();
    } else if (published.error().code() == Code::kTooLarge) {
      left_out_.Add();
      LogError("an item is too large for the topic of items, and left out of it",
               {{"tenant", entry.tenant},
                {"item_type", entry.change.item.type},
                {"item", entry.change.item.id},
                {"error", published.error().message()}});
    } else {
      return Fail(published.error());
    }
  }
  return {};
}

void ItemPublisher::Measure() {
  const auto size = outbox_.Size();
  if (!size) return;
  entries_.Set(static_cast<double>(size->entries));
  age_.Set(static_cast<double>(size->oldest_ms) / 1000);
}

// Tells the log when it begins and when it is over, not at each attempt.
void ItemPublisher::NoteFailure(const Error* error) {
  const std::string message = error != nullptr ? error->message() : std::string();
  bool was_failing = false;
  {
    const std::lock_guard lock(mutex_);
    if (!active_) return;  // not this node's any more
    was_failing = !failure_.empty();
    failure_ = message;
  }
  if (error != nullptr && !was_failing) {
    LogWarn("changes of the catalogue wait in the outbox", {{"error", message}, {"hint", error->hint()}});
  } else if (error == nullptr && was_failing) {
    LogInfo("changes of the catalogue are published again");
  }
}

}  // namespace signalbox::ingest
