// Polling one message at a time; telling apart "nothing new", "away", "dropped" and "truncated".
#include "adapters/kafka/log_reader.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include "adapters/kafka/message_headers.hpp"
#include "adapters/kafka/topic_admin.hpp"
#include "base/log.hpp"
#include "model/record_codec.hpp"

namespace signalbox::kafka {
namespace {

constexpr int kPollMs = 100;  // how long a reader may not notice that the log was closed
constexpr auto kSilence = std::chrono::seconds(10);

// An event that waits in the consumer's queue, given back whatever happens.
struct MessageDeleter {
  void operator()(rd_kafka_message_t* message) const { rd_kafka_message_destroy(message); }
};
using Message = std::unique_ptr<rd_kafka_message_t, MessageDeleter>;

Settings ConsumerSettings() {
  return {{"group.id", "signalbox"},  // never joined: assign() alone, nothing is committed
          {"enable.auto.commit", "false"},
          {"enable.auto.offset.store", "false"},
          {"auto.offset.reset", "error"},
          {"partition.assignment.strategy", "range,roundrobin"},
          {"enable.partition.eof", "true"},
          {"log.connection.close", "true"},  // else a connection that was closed is no error
          {"check.crcs", "true"},
          {"fetch.wait.max.ms", "500"},
          {"fetch.error.backoff.ms", "100"},
          {"fetch.message.max.bytes", "4194304"},
          // Once it is full librdkafka 2.0 fetches again only after a second, so it must hold that much.
          {"queued.min.messages", "200000"},
          {"queued.max.messages.kbytes", "65536"}};
}

std::string_view View(const void* data, size_t size) {
  return size == 0 ? std::string_view() : std::string_view(static_cast<const char*>(data), size);
}

bool StartsWith(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

}  // namespace

Result<void> KafkaLogReader::Connect() {
  auto conf = MakeConf(log_->options, ConsumerSettings());
  if (!conf) return Fail(conf.error());
  rd_kafka_conf_set_opaque(conf->get(), this);
  // Called by poll, in its turn among the messages: what is read before it came before the connection was
  // lost.
  rd_kafka_conf_set_error_cb(conf->get(), [](rd_kafka_t*, int error, const char* reason, void* self) {
    static_cast<KafkaLogReader*>(self)->NoteError(error, reason);
  });
  auto made = MakeHandle(RD_KAFKA_CONSUMER, std::move(*conf));
  if (!made) return Fail(made.error());
  consumer_ = Consumer(made->release());
  rd_kafka_poll_set_consumer(consumer_.get());
  rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(list, log_->options.topic.c_str(), static_cast<int32_t>(partition_))
      ->offset = static_cast<int64_t>(next_);
  const auto error = rd_kafka_assign(consumer_.get(), list);
  rd_kafka_topic_partition_list_destroy(list);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return Fail(Unavailable("assigning a partition", error));
  at_end_ = false;
  heard_at_ = Clock::now();
  return {};
}

void KafkaLogReader::NoteError(int error, const char* reason) {
  if (!interrupted_) {
    LogWarn("the connection to Kafka was lost",
            {{"partition", static_cast<int64_t>(partition_)},
             {"error", rd_kafka_err2name(static_cast<rd_kafka_resp_err_t>(error))},
             {"reason", std::string(reason)}});
  }
  interrupted_ = true;
}

Result<size_t> KafkaLogReader::Read(size_t max_entries, int wait_ms, std::vector<ports::LogEntry>* entries) {
  if (!consumer_) {
    if (auto connected = Connect(); !connected) return Fail(connected.error());
  }
  const auto began = Clock::now();
  const auto until = began + std::chrono::milliseconds(wait_ms);
  const auto answer_by = began + std::chrono::milliseconds(log_->options.answer_timeout_ms);
  size_t count = 0;
  while (count < max_entries) {
    int poll_ms = 0;
    if (count == 0) {
      const auto now = Clock::now();
      if (at_end_ && (now >= until || log_->closed)) {
        if (auto alive = CheckAlive(now); !alive) return Fail(alive.error());
        return size_t{0};
      }
      if (!at_end_ && now >= std::max(until, answer_by)) {
        consumer_.reset();  // a fresh one at the next call
        return Fail(Unavailable("reading " + log_->options.topic + "-" + std::to_string(partition_),
                                RD_KAFKA_RESP_ERR__TIMED_OUT));
      }
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - now).count();
      poll_ms = at_end_ ? static_cast<int>(std::clamp<int64_t>(left, 1, kPollMs)) : kPollMs;
    }
    Message message(rd_kafka_consumer_poll(consumer_.get(), poll_ms));
    if (!message) {
      if (count > 0) break;
      continue;
    }
    switch (message->err) {
      case RD_KAFKA_RESP_ERR_NO_ERROR:
        at_end_ = false;
        heard_at_ = began;
        Take(*message, entries);
        ++count;
        break;
      case RD_KAFKA_RESP_ERR__PARTITION_EOF:
        at_end_ = true;
        heard_at_ = Clock::now();
        // Past what is no record: marks of other producers' transactions.
        if (message->offset >= 0) next_ = std::max(next_, static_cast<uint64_t>(message->offset));
        break;
      case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
      case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
        message.reset();  // a consumer does not end while one of its messages is held
        // What was read before is given first; a new consumer meets it again.
        if (count > 0) {
          consumer_.reset();
          return count;
        }
        return Misplaced();
      case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
      case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
      case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
        if (count > 0) return count;
        return Fail(Unavailable("reading " + log_->options.topic, message->err));
      default:
        LogWarn("reading from Kafka", {{"partition", static_cast<int64_t>(partition_)},
                                       {"error", std::string(rd_kafka_message_errstr(message.get()))}});
        break;
    }
  }
  return count;
}

// A reader at the end that hears nothing for long asks whether there is more, for a consumer may
// stand still without saying so.
Result<void> KafkaLogReader::CheckAlive(Clock::time_point now) {
  if (now - heard_at_ < kSilence || log_->closed) return {};
  const auto range = QueryRange(consumer_.get(), log_->options, log_->options.topic, partition_);
  if (!range) return Fail(range.error());
  heard_at_ = Clock::now();
  if (range->end == next_) return {};
  if (range->end < next_) {
    const auto misplaced = Misplaced();
    return Fail(misplaced.error());
  }
  at_end_ = false;  // if it does not come within answer_timeout_ms, a fresh consumer takes over
  return {};
}

// The brokers do not have next_: dropped at the front, or missing at the back. Always an error.
Result<size_t> KafkaLogReader::Misplaced() {
  const auto range = QueryRange(consumer_.get(), log_->options, log_->options.topic, partition_);
  consumer_.reset();
  if (!range) return Fail(range.error());
  const std::string where =
      "offset " + std::to_string(next_) + " of " + log_->options.topic + "-" + std::to_string(partition_);
  const std::string held = std::to_string(range->first) + " to " + std::to_string(range->end);
  if (next_ > range->end) {
    return Fail(
        Error(Code::kDataLoss,
              where + " is gone: the partition holds " + held + ", it was truncated or replaced")
            .WithHint(
                "bring the log back, or remove the checkpoints to build the state from this log alone"));
  }
  if (next_ < range->first) {
    return Fail(
        Error(Code::kNotFound, where + " was dropped by retention").WithHint("the partition holds " + held));
  }
  return Fail(Unavailable("reading " + where, RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE));
}

void KafkaLogReader::Take(const rd_kafka_message_t& message, std::vector<ports::LogEntry>* entries) {
  auto& entry = entries->emplace_back();
  entry.position = {partition_, static_cast<uint64_t>(message.offset)};
  entry.append_ms = std::max<int64_t>(rd_kafka_message_timestamp(&message, nullptr), 0);
  next_ = static_cast<uint64_t>(message.offset) + 1;
  const std::string_view payload = View(message.payload, message.len);
  log_->read_records.fetch_add(1, std::memory_order_relaxed);
  log_->read_bytes.fetch_add(payload.size(), std::memory_order_relaxed);
  entry.payload.assign(payload);
  entry.trace_parent = HeaderOf(message, "traceparent");
  // A record says itself what it is, and has a checksum.
  if (!payload.empty() && static_cast<uint8_t>(payload.front()) == model::kRecordVersion) return;
  const std::string_view version = HeaderOf(message, "schema-version");
  if (!version.empty() && version != kEventSchemaVersion) {
    entry.problem = "schema-version " + std::string(version.substr(0, 20)) + ": this node knows " +
                    std::string(kEventSchemaVersion) + "; run a newer program and replay";
    return;
  }
  const std::string_view type = HeaderOf(message, "content-type");
  if (type.empty() || StartsWith(type, "application/vnd.signalbox.record")) return;
  if (!StartsWith(type, "application/json")) {
    entry.problem = "content-type " + std::string(type.substr(0, 100)) + ": this log takes application/json";
    return;
  }
  const auto& decode = log_->options.decode_json;
  if (!decode) {
    entry.problem = "JSON messages are not understood here";
    return;
  }
  auto record = decode({payload, HeaderOf(message, "x-tenant-id"), entry.position, entry.append_ms});
  if (record) {
    entry.original = std::move(entry.payload);
    entry.payload = std::move(*record);
  } else {
    entry.problem = record.error().message();
  }
}

}  // namespace signalbox::kafka
