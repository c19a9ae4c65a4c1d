// Producing, hearing what became of it, and coming back after failures.
#include "adapters/kafka/record_producer.hpp"

#include <algorithm>
#include <chrono>
#include <exception>

#include "adapters/kafka/message_headers.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"

namespace signalbox::kafka {
namespace {

constexpr int kPollMs = 100;
constexpr int kProbeMs = 2000;
constexpr auto kPurgeWait = std::chrono::seconds(10);

Settings ProducerSettings(const EventLogOptions& options) {
  // librdkafka's own queue must never be full where ours is not: a batch would be cut in two.
  const size_t records = options.limits.queue_records + 1;
  const size_t kilobytes = (options.limits.queue_bytes + records * 1024) / 1024 + 1;
  constexpr size_t kLargest = 2147483647;
  return {{"enable.idempotence", "true"},
          {"acks", "all"},
          {"linger.ms", std::to_string(options.linger_ms)},
          {"compression.codec", options.compression},
          // Never: see Replace.
          {"message.timeout.ms", "0"},
          {"message.max.bytes", "2097152"},
          {"batch.num.messages", "20000"},
          {"queue.buffering.max.messages", std::to_string(std::min(records, kLargest))},
          {"queue.buffering.max.kbytes", std::to_string(std::min(kilobytes, kLargest))},
          {"retry.backoff.ms", "50"}};
}

Error Closed() { return Error(Code::kUnavailable, "the event log is closed").WithHint("try another node"); }

}  // namespace

Result<std::unique_ptr<RecordProducer>> RecordProducer::Start(const EventLogOptions& options) {
  std::unique_ptr<RecordProducer> producer(new RecordProducer(options));
  if (auto opened = producer->Open(); !opened) return Fail(opened.error());
  if (auto answered = producer->Probe(); !answered) return Fail(answered.error());
  auto* raw = producer.get();
  producer->reports_ = std::thread([raw] { raw->HearReports(); });
  producer->upkeep_.Start();
  return producer;
}

RecordProducer::~RecordProducer() { Close(); }

// Requires: handle_mutex_ held exclusively, or nobody else knows this object.
Result<void> RecordProducer::Open() {
  auto conf = MakeConf(options_, ProducerSettings(options_));
  if (!conf) return Fail(conf.error());
  rd_kafka_conf_set_opaque(conf->get(), this);
  rd_kafka_conf_set_dr_msg_cb(conf->get(), [](rd_kafka_t*, const rd_kafka_message_t* message, void* self) {
    static_cast<RecordProducer*>(self)->Delivered(*message);
  });
  rd_kafka_conf_set_error_cb(conf->get(), [](rd_kafka_t*, int code, const char* reason, void* self) {
    static_cast<RecordProducer*>(self)->NoteError(code, reason);
  });
  auto handle = MakeHandle(RD_KAFKA_PRODUCER, std::move(*conf));
  if (!handle) return Fail(handle.error());
  handle_ = std::move(*handle);
  topic_.reset(rd_kafka_topic_new(handle_.get(), options_.topic.c_str(), nullptr));
  return {};
}

// Requires: handle_mutex_ held.
Result<void> RecordProducer::Probe() {
  const rd_kafka_metadata_t* metadata = nullptr;
  const auto error = rd_kafka_metadata(handle_.get(), 0, topic_.get(), &metadata,
                                       std::min(options_.answer_timeout_ms, kProbeMs));
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return Fail(Unavailable("the brokers do not answer", error));
  auto worst = RD_KAFKA_RESP_ERR_NO_ERROR;
  for (int t = 0; t < metadata->topic_cnt; ++t) {
    const auto& topic = metadata->topics[t];
    if (topic.err != RD_KAFKA_RESP_ERR_NO_ERROR) worst = topic.err;
    for (int p = 0; p < topic.partition_cnt; ++p) {
      if (topic.partitions[p].leader < 0) worst = RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE;
    }
  }
  rd_kafka_metadata_destroy(metadata);
  if (worst != RD_KAFKA_RESP_ERR_NO_ERROR) return Fail(Unavailable("topic " + options_.topic, worst));
  return {};
}

Result<void> RecordProducer::Admit(const std::vector<ports::AppendRequest>& batch, size_t bytes) {
  if (closing_) return Fail(Closed());
  for (const auto& request : batch) {
    if (request.payload.size() <= ports::kMaxLogPayloadBytes) continue;
    return Fail(
        Error(Code::kTooLarge, "a record of " + std::to_string(request.payload.size()) + " bytes")
            .WithHint("a record may have up to " + std::to_string(ports::kMaxLogPayloadBytes) + " bytes"));
  }
  const auto& limits = options_.limits;
  if (bytes > limits.queue_bytes || batch.size() > limits.queue_records) {
    return Fail(Error(Code::kTooLarge, "a batch of " + std::to_string(batch.size()) + " records and " +
                                           std::to_string(bytes) + " bytes")
                    .WithHint("send it in smaller batches"));
  }
  if (upkeep_.refusing()) {
    const auto writable = Writable();
    if (!writable) return Fail(writable.error());
  }
  const size_t all_bytes = bytes_.fetch_add(bytes) + bytes;
  const size_t all_records = records_.fetch_add(batch.size()) + batch.size();
  // Looked at again: Close waits for what is counted by now.
  const bool closed = closing_;
  if (!closed && all_bytes <= limits.queue_bytes && all_records <= limits.queue_records) return {};
  bytes_ -= bytes;
  records_ -= batch.size();
  if (closed) return Fail(Closed());
  return Fail(Error(Code::kResourceExhausted, "the event log's queue is full").WithHint("try again later"));
}

void RecordProducer::Append(std::vector<ports::AppendRequest> requests, ports::EventLog::Done done) {
  size_t bytes = 0;
  for (const auto& request : requests) bytes += request.payload.size();
  const auto admitted = Admit(requests, bytes);
  if (!admitted || requests.empty()) {
    Result<std::vector<model::LogPosition>> result;
    if (!admitted) result = Fail(admitted.error());
    upkeep_.Tell(std::move(done), std::move(result));
    return;
  }
  auto batch = std::make_unique<Batch>();
  batch->done = std::move(done);
  batch->requests = std::move(requests);
  batch->bytes = bytes;
  batch->began_us = MonotonicMicros();
  const std::shared_lock lock(handle_mutex_);
  {
    const std::lock_guard waiting_lock(waiting_mutex_);
    batch->number = next_number_++;
    batch->place = waiting_.insert(waiting_.end(), batch.get());
  }
  Produce(std::move(batch));
}

bool RecordProducer::Overdue() const {
  const std::lock_guard lock(waiting_mutex_);
  return !waiting_.empty() &&
         MonotonicMicros() - waiting_.front()->began_us > int64_t{options_.append_timeout_ms} * 1000;
}

void RecordProducer::GiveBack(Batch& batch) {
  bytes_ -= batch.bytes;
  records_ -= batch.requests.size();
  const std::lock_guard lock(waiting_mutex_);
  waiting_.erase(batch.place);
}

// Requires: handle_mutex_ held.
void RecordProducer::Produce(std::unique_ptr<Batch> owned) {
  Batch* batch = owned.release();  // belongs to its messages; the last report takes it back
  const size_t count = batch->requests.size();
  batch->slots.resize(count);
  batch->positions.assign(count, {});
  batch->left = count;
  for (size_t i = 0; i < count; ++i) {
    batch->slots[i] = {batch, static_cast<uint32_t>(i)};
    auto* error = SendOne(batch->requests[i], &batch->slots[i]);
    if (error == nullptr) continue;
    batch->error = rd_kafka_error_code(error);
    rd_kafka_error_destroy(error);
    // The rest is not sent, so that no later record passes this one.
    const size_t unsent = count - i;
    if (batch->left.fetch_sub(unsent) == unsent) {
      GiveBack(*batch);
      const auto failed = static_cast<rd_kafka_resp_err_t>(batch->error.load());
      upkeep_.Tell(std::move(batch->done), Fail(Unavailable("a record was not taken", failed)));
      delete batch;
    }
    return;
  }
}

// The request's bytes are not copied: the batch keeps them until the report.
// Requires: handle_mutex_ held. Gives the error that the caller destroys; null = sent.
rd_kafka_error_t* RecordProducer::SendOne(const ports::AppendRequest& request, Slot* slot) {
  Headers headers = RecordHeaders(request.trace_parent);
  rd_kafka_vu_t arguments[6];
  arguments[0].vtype = RD_KAFKA_VTYPE_RKT;
  arguments[0].u.rkt = topic_.get();
  arguments[1].vtype = RD_KAFKA_VTYPE_PARTITION;
  arguments[1].u.i32 = static_cast<int32_t>(PartitionOf(request.partition_key, options_.partitions));
  arguments[2].vtype = RD_KAFKA_VTYPE_VALUE;
  arguments[2].u.mem = {const_cast<char*>(request.payload.data()), request.payload.size()};
  arguments[3].vtype = RD_KAFKA_VTYPE_KEY;
  arguments[3].u.mem = {const_cast<char*>(request.partition_key.data()), request.partition_key.size()};
  arguments[4].vtype = RD_KAFKA_VTYPE_HEADERS;
  arguments[4].u.headers = headers.get();
  arguments[5].vtype = RD_KAFKA_VTYPE_OPAQUE;
  arguments[5].u.ptr = slot;
  auto* error = rd_kafka_produceva(handle_.get(), arguments, 6);
  if (error == nullptr) (void)headers.release();  // the message has them
  return error;
}

void RecordProducer::Delivered(const rd_kafka_message_t& message) {
  const auto* slot = static_cast<const Slot*>(message._private);
  Batch* batch = slot->batch;
  if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR && message.offset >= 0) {
    batch->positions[slot->index] = {static_cast<uint32_t>(message.partition),
                                     static_cast<uint64_t>(message.offset)};
    batch->maybe_kept = true;
  } else if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    // "Seen before", says the broker, and not where. It says so, too, of the first records to a
    // partition if their request failed and a later one passed it: those it does not have.
    batch->maybe_kept = true;
    batch->error = RD_KAFKA_RESP_ERR_DUPLICATE_SEQUENCE_NUMBER;
  } else {
    if (rd_kafka_message_status(&message) != RD_KAFKA_MSG_STATUS_NOT_PERSISTED) batch->maybe_kept = true;
    batch->error = message.err;
  }
  if (batch->left.fetch_sub(1) == 1) Finish(std::unique_ptr<Batch>(batch));
}

void RecordProducer::Finish(std::unique_ptr<Batch> batch) {
  const auto error = static_cast<rd_kafka_resp_err_t>(batch->error.load());
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
    acknowledged_records_ += batch->requests.size();
    acknowledged_bytes_ += batch->bytes;
    auto positions = std::move(batch->positions);
    Complete(*batch, std::move(positions));
    return;
  }
  const bool broken =
      rebuilding_ || rd_kafka_fatal_error(handle_.get(), nullptr, 0) != RD_KAFKA_RESP_ERR_NO_ERROR;
  if (broken && !given_up_ && !batch->maybe_kept && !closing_) {
    again_.push_back(std::move(batch));
    return;
  }
  auto failure = Unavailable("an append was not acknowledged", error);
  if (!closing_) upkeep_.SetFailure(failure, true);
  Complete(*batch, Fail(std::move(failure)));
}

void RecordProducer::Complete(Batch& batch, Result<std::vector<model::LogPosition>> result) {
  // Given back first: who is told that its append is done may append again at once.
  GiveBack(batch);
  if (rebuilding_) {
    // A callback may append, which waits for the new producer: not on this thread.
    upkeep_.Tell(std::move(batch.done), std::move(result));
    return;
  }
  try {
    batch.done(std::move(result));
  } catch (const std::exception& error) {
    LogError("a callback of the event log threw", {{"what", std::string(error.what())}});
  }
}

void RecordProducer::HearReports() {
  while (!ended_) {
    rd_kafka_poll(handle_.get(), kPollMs);  // only this thread exchanges handle_
    char reason[512] = {};
    if (rd_kafka_fatal_error(handle_.get(), reason, sizeof reason) != RD_KAFKA_RESP_ERR_NO_ERROR) {
      Replace(reason, true);
    } else if (!closing_ && Overdue()) {
      Replace("nothing was acknowledged for " + std::to_string(options_.append_timeout_ms) + " ms", false);
    }
  }
}

// A producer does not work again after a fatal error. Nor is it kept when appends run out of time:
// librdkafka's own limit raises the producer's epoch and sends other records again that may have
// been kept (confluentinc/librdkafka#4953), which the broker then cannot tell.
void RecordProducer::Replace(const std::string& reason, bool send_again) {
  LogWarn("a new Kafka producer takes over", {{"reason", reason}});
  const std::unique_lock lock(handle_mutex_);
  rebuilding_ = true;
  given_up_ = !send_again;
  Purge();
  upkeep_.Retire(std::move(handle_), std::move(topic_));
  if (const auto opened = Open(); !opened) {
    // The settings were good a moment ago: no memory, no threads. Nothing is left to append with.
    LogError("no new Kafka producer can be made", {{"reason", opened.error().message()}});
    closing_ = true;
    ended_ = true;
  }
  auto again = std::move(again_);
  again_.clear();
  std::sort(again.begin(), again.end(), [](const auto& a, const auto& b) { return a->number < b->number; });
  for (auto& batch : again) {
    batch->error = 0;
    if (handle_) {
      Produce(std::move(batch));
    } else {
      Complete(*batch, Fail(Closed()));
    }
  }
  rebuilding_ = false;
  given_up_ = false;
}

// Gives up what is not acknowledged, and hears the reports on it.
void RecordProducer::Purge() {
  rd_kafka_purge(handle_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  const auto end = std::chrono::steady_clock::now() + kPurgeWait;
  while (rd_kafka_outq_len(handle_.get()) > 0 && std::chrono::steady_clock::now() < end) {
    rd_kafka_poll(handle_.get(), 10);
  }
}

void RecordProducer::NoteError(int code, const char* reason) {
  if (code != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) return;
  LogWarn("no Kafka broker can be reached", {{"reason", std::string(reason)}});
  // Appends are still taken: a broker that restarts is back before they run out of time.
  if (!closing_)
    upkeep_.SetFailure(Unavailable("no broker can be reached", RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN), false);
}

Result<void> RecordProducer::ProbeIfOpen() {
  const std::shared_lock lock(handle_mutex_);
  if (!handle_ || closing_) return Fail(Closed());
  return Probe();
}

Result<void> RecordProducer::Writable() const {
  if (closing_) return Fail(Closed());
  if (auto failure = upkeep_.failure()) return Fail(std::move(*failure));
  return {};
}

void RecordProducer::Close() {
  const std::lock_guard close_lock(close_mutex_);
  closing_ = true;
  if (reports_.joinable()) {
    // What was taken is acknowledged by then, or given up; the thread that hears it is still there.
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(options_.append_timeout_ms);
    while (records_ > 0 && std::chrono::steady_clock::now() < end && !ended_) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    ended_ = true;
    reports_.join();
    if (handle_) Purge();
    topic_.reset();
    handle_.reset();
  }
  upkeep_.End();
}

void RecordProducer::BreakForTest() {
  const std::shared_lock lock(handle_mutex_);
  rd_kafka_test_fatal_error(handle_.get(), RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER,
                            "played by a test");
}

}  // namespace signalbox::kafka
