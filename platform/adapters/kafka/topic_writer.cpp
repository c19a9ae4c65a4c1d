// Sending, and hearing what became of it.
#include "adapters/kafka/topic_writer.hpp"

#include <condition_variable>
#include <mutex>
#include <utility>

#include "adapters/kafka/message_headers.hpp"
#include "adapters/kafka/topic_admin.hpp"
#include "base/log.hpp"

namespace signalbox::kafka {
namespace {

constexpr int kPollMs = 100;
constexpr size_t kMaxMessageBytes = (size_t{2} << 20) - 4096;  // leaves room for the batch around it

Settings WriterSettings(const TopicWriterOptions& writer) {
  return {{"enable.idempotence", "true"},
          {"acks", "all"},
          {"linger.ms", std::to_string(writer.linger_ms)},
          {"message.timeout.ms", std::to_string(writer.message_timeout_ms)},
          {"message.max.bytes", "2097152"},
          {"partitioner", "murmur2"},
          {"queue.buffering.max.messages", std::to_string(writer.queue_messages)},
          {"queue.buffering.max.kbytes", std::to_string(writer.queue_bytes / 1024 + 1)},
          {"retry.backoff.ms", "50"}};
}

size_t SizeOf(const ports::TopicMessage& message) {
  size_t bytes = message.key.size() + (message.value ? message.value->size() : 0);
  for (const auto& [name, value] : message.headers) bytes += name.size() + value.size() + 16;
  return bytes;
}

Headers HeadersOf(const ports::TopicMessage& message) {
  Headers headers(rd_kafka_headers_new(message.headers.size()));
  for (const auto& [name, value] : message.headers) AddHeader(headers.get(), name, value);
  return headers;
}

}  // namespace

struct TopicWriter::Round {
  std::mutex mutex;
  std::condition_variable ended;
  size_t left = 0;
  rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;  // of whichever failed last

  // The last one may be the end of this object.
  void Note(rd_kafka_resp_err_t failed, size_t count) {
    const std::lock_guard lock(mutex);
    if (failed != RD_KAFKA_RESP_ERR_NO_ERROR) error = failed;
    left -= count;
    if (left == 0) ended.notify_one();
  }
};

Result<std::unique_ptr<TopicWriter>> TopicWriter::Open(EventLogOptions options, const TopicPlan& plan,
                                                       const TopicWriterOptions& writer,
                                                       ports::Counter& dropped) {
  options.topic = plan.name;
  std::unique_ptr<TopicWriter> opened(new TopicWriter(std::move(options), writer, dropped));
  auto admin = TopicAdmin::Connect(opened->options_);
  if (!admin) return Fail(admin.error());
  if (auto ensured = (*admin)->Ensure(plan); !ensured) return Fail(ensured.error());
  if (auto connected = opened->Connect(); !connected) return Fail(connected.error());
  opened->reports_ = std::thread([raw = opened.get()] { raw->HearReports(); });
  return opened;
}

TopicWriter::~TopicWriter() {
  if (handle_) rd_kafka_flush(handle_.get(), 1000);
  closing_ = true;
  if (reports_.joinable()) reports_.join();
  topic_.reset();
}

// Requires: handle_mutex_ held exclusively, or nobody else knows this object.
Result<void> TopicWriter::Connect() {
  auto conf = MakeConf(options_, WriterSettings(writer_));
  if (!conf) return Fail(conf.error());
  rd_kafka_conf_set_opaque(conf->get(), this);
  rd_kafka_conf_set_dr_msg_cb(conf->get(), [](rd_kafka_t*, const rd_kafka_message_t* message, void* self) {
    if (message->_private != nullptr) {
      static_cast<Round*>(message->_private)->Note(message->err, 1);
    } else if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      static_cast<TopicWriter*>(self)->dropped_.Add();
    }
  });
  auto handle = MakeHandle(RD_KAFKA_PRODUCER, std::move(*conf));
  if (!handle) return Fail(handle.error());
  handle_ = std::move(*handle);
  topic_.reset(rd_kafka_topic_new(handle_.get(), options_.topic.c_str(), nullptr));
  return {};
}

void TopicWriter::HearReports() {
  while (!closing_) {
    rd_kafka_poll(handle_.get(), kPollMs);  // only this thread exchanges handle_
    char reason[512] = {};
    if (rd_kafka_fatal_error(handle_.get(), reason, sizeof reason) == RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    LogWarn("a new Kafka producer takes over", {{"topic", options_.topic}, {"reason", std::string(reason)}});
    const std::unique_lock lock(handle_mutex_);
    rd_kafka_purge(handle_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    while (rd_kafka_outq_len(handle_.get()) > 0) rd_kafka_poll(handle_.get(), kPollMs);
    topic_.reset();
    if (const auto connected = Connect(); !connected) {
      LogError("no new Kafka producer can be made",
               {{"topic", options_.topic}, {"reason", connected.error().message()}});
    }
  }
  // What was not acknowledged by now is given up: nobody waits for it.
  rd_kafka_purge(handle_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  for (int i = 0; i < 100 && rd_kafka_outq_len(handle_.get()) > 0; ++i) rd_kafka_poll(handle_.get(), 10);
}

// Takes a copy of the message. Requires: handle_mutex_ held.
rd_kafka_resp_err_t TopicWriter::Send(const ports::TopicMessage& message, Round* round) {
  Headers headers = HeadersOf(message);
  rd_kafka_vu_t arguments[6];
  arguments[0].vtype = RD_KAFKA_VTYPE_RKT;
  arguments[0].u.rkt = topic_.get();
  arguments[1].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
  arguments[1].u.i = RD_KAFKA_MSG_F_COPY;
  arguments[2].vtype = RD_KAFKA_VTYPE_VALUE;
  arguments[2].u.mem = {message.value ? const_cast<char*>(message.value->data()) : nullptr,
                        message.value ? message.value->size() : 0};
  arguments[3].vtype = RD_KAFKA_VTYPE_KEY;
  arguments[3].u.mem = {const_cast<char*>(message.key.data()), message.key.size()};
  arguments[4].vtype = RD_KAFKA_VTYPE_HEADERS;
  arguments[4].u.headers = headers.get();
  arguments[5].vtype = RD_KAFKA_VTYPE_OPAQUE;
  arguments[5].u.ptr = round;
  auto* error = rd_kafka_produceva(handle_.get(), arguments, 6);
  if (error == nullptr) {
    (void)headers.release();  // the message has them
    return RD_KAFKA_RESP_ERR_NO_ERROR;
  }
  const auto code = rd_kafka_error_code(error);
  rd_kafka_error_destroy(error);
  return code;
}

Result<void> TopicWriter::Publish(const std::vector<ports::TopicMessage>& messages) {
  for (size_t i = 0; i < messages.size(); ++i) {
    if (SizeOf(messages[i]) <= kMaxMessageBytes) continue;
    return Fail(Error(Code::kTooLarge, "message " + std::to_string(i) + " for topic " + options_.topic +
                                           " has " + std::to_string(SizeOf(messages[i])) + " bytes")
                    .WithHint("it takes " + std::to_string(kMaxMessageBytes)));
  }
  Round round;
  round.left = messages.size();
  {
    const std::shared_lock lock(handle_mutex_);
    for (size_t i = 0; i < messages.size(); ++i) {
      const auto failed = Send(messages[i], &round);
      if (failed == RD_KAFKA_RESP_ERR_NO_ERROR) continue;
      round.Note(failed, messages.size() - i);  // the rest must not pass this one
      break;
    }
  }
  // librdkafka reports on each, at the latest after message_timeout_ms.
  std::unique_lock lock(round.mutex);
  round.ended.wait(lock, [&] { return round.left == 0; });
  if (round.error == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  return Fail(Unavailable("topic " + options_.topic + " did not acknowledge", round.error));
}

bool TopicWriter::Offer(ports::TopicMessage message) noexcept {
  try {
    // While the producer is exchanged there is none.
    const std::shared_lock lock(handle_mutex_, std::try_to_lock);
    if (lock.owns_lock() && handle_ && Send(message, nullptr) == RD_KAFKA_RESP_ERR_NO_ERROR) return true;
  } catch (const std::exception&) {
    // No memory: dropped as well.
  }
  dropped_.Add();
  return false;
}

}  // namespace signalbox::kafka
