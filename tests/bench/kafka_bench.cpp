// What Kafka as the event log costs: appends against a bare librdkafka producer that sends messages
// of the same size with the same acknowledgements, and applying from Kafka against applying from
// memory, on one machine with the broker.
//
//   SIGNALBOX_BENCH_RECORDS  of each append run (400000)
//   SIGNALBOX_BENCH_EVENTS   of MovieLens-1M to apply (all)
//
// Writes build/bench/kafka.json.
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "adapters/kafka/kafka_event_log.hpp"
#include "base/clock.hpp"
#include "bench_state.hpp"
#include "harness/kafka_broker.hpp"
#include "model/record_codec.hpp"
#include "ports/fakes/memory_event_log.hpp"
#include "report.hpp"

namespace signalbox::bench {
namespace {

constexpr size_t kOnTheWay = 50'000;  // records taken and not acknowledged: half of the log's queue
constexpr int kPartitions = 3;

// An event as POST /events makes it, about a hundred bytes.
ports::AppendRequest MakeRequest(uint64_t i) {
  model::LogRecord record;
  record.event_id = "e" + std::to_string(i);
  record.user = "user-" + std::to_string(i % 20'000);
  record.item = "item-" + std::to_string(i * 7919 % 50'000);
  record.type = "view";
  record.event_time_ms = 1'700'000'000'000 + static_cast<int64_t>(i);
  ports::AppendRequest request;
  request.partition_key = model::PartitionKey(record);
  model::EncodeRecord(record, &request.payload);
  return request;
}

double Seconds(int64_t since_us) { return static_cast<double>(MonotonicMicros() - since_us) / 1e6; }

// Records a second of a producer that does nothing else; without headers, the payload longer by as much.
double Bare(const std::string& brokers, const std::string& topic, uint64_t count, const char* linger_ms) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  char reason[256] = {};
  const std::pair<const char*, const char*> settings[] = {{"bootstrap.servers", brokers.c_str()},
                                                          {"acks", "all"},
                                                          {"enable.idempotence", "true"},
                                                          {"linger.ms", linger_ms},
                                                          {"queue.buffering.max.messages", "1000000"},
                                                          {"batch.num.messages", "20000"},
                                                          {"partitioner", "murmur2"}};
  for (const auto& [name, value] : settings) {
    if (rd_kafka_conf_set(conf, name, value, reason, sizeof reason) != RD_KAFKA_CONF_OK) GiveUp(reason);
  }
  std::atomic<uint64_t> acknowledged{0};
  rd_kafka_conf_set_opaque(conf, &acknowledged);
  rd_kafka_conf_set_dr_msg_cb(conf, [](rd_kafka_t*, const rd_kafka_message_t* message, void* count) {
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) GiveUp(rd_kafka_err2str(message->err));
    ++*static_cast<std::atomic<uint64_t>*>(count);
  });
  rd_kafka_t* producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
  if (producer == nullptr) GiveUp(reason);
  rd_kafka_topic_t* handle = rd_kafka_topic_new(producer, topic.c_str(), nullptr);
  const rd_kafka_metadata_t* metadata = nullptr;
  rd_kafka_metadata(producer, 0, handle, &metadata, 10'000);
  rd_kafka_metadata_destroy(metadata);

  const int64_t start_us = MonotonicMicros();
  std::thread poller([&] {
    while (acknowledged < count) rd_kafka_poll(producer, 100);
  });
  constexpr size_t kHeaderBytes = 56;  // "content-type" and its value, and their lengths
  for (uint64_t i = 0; i < count; ++i) {
    auto request = MakeRequest(i);
    request.payload.append(kHeaderBytes, 'x');
    while (i - acknowledged > kOnTheWay) std::this_thread::yield();
    if (rd_kafka_produce(handle, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, request.payload.data(),
                         request.payload.size(), request.partition_key.data(), request.partition_key.size(),
                         nullptr) != 0) {
      GiveUp("the bare producer's queue is full");
    }
  }
  poller.join();
  const double rate = static_cast<double>(count) / Seconds(start_us);
  rd_kafka_topic_destroy(handle);
  rd_kafka_destroy(producer);
  return rate;
}

std::unique_ptr<kafka::KafkaEventLog> OpenLog(const std::string& brokers, const std::string& topic,
                                              int linger_ms, const std::string& compression) {
  kafka::EventLogOptions options;
  options.brokers = brokers;
  options.topic = topic;
  options.partitions = kPartitions;
  options.linger_ms = linger_ms;
  options.compression = compression;
  options.append_timeout_ms = 60'000;
  return Need(kafka::KafkaEventLog::Open(options), "log");
}

double Ours(ports::EventLog& log, uint64_t count, size_t batch) {
  std::atomic<uint64_t> acknowledged{0};
  const int64_t start_us = MonotonicMicros();
  for (uint64_t i = 0; i < count; i += batch) {
    std::vector<ports::AppendRequest> requests;
    requests.reserve(batch);
    for (uint64_t k = i; k < i + batch; ++k) requests.push_back(MakeRequest(k));
    while (i - acknowledged > kOnTheWay) std::this_thread::yield();
    log.Append(std::move(requests), [&acknowledged, batch](const auto& result) {
      if (!result) GiveUp(result.error().message());
      acknowledged += batch;
    });
  }
  while (acknowledged < count) std::this_thread::yield();
  return static_cast<double>(count) / Seconds(start_us);
}

// Milliseconds from Append to done, one record at a time: the middle of a thousand.
double Latency(ports::EventLog& log) {
  std::vector<double> times;
  for (uint64_t i = 0; i < 1000; ++i) {
    const int64_t start_us = MonotonicMicros();
    Need(ports::fakes::AppendAndWait(log, {MakeRequest(i)}), "append");
    times.push_back(Seconds(start_us) * 1000);
  }
  std::nth_element(times.begin(), times.begin() + 500, times.end());
  return times[500];
}

void Appends(const std::string& brokers, Report* report) {
  const auto count = static_cast<uint64_t>(Setting("SIGNALBOX_BENCH_RECORDS", 400'000)) / 100 * 100;
  OpenLog(brokers, "appends", 0, "none");    // makes the topic
  Bare(brokers, "appends", count / 4, "0");  // warms the broker up
  const double bare = std::max(Bare(brokers, "appends", count, "0"), Bare(brokers, "appends", count, "5"));
  report->Add("bare producer, acks=all, idempotent, the better of linger 0 and 5", bare, "/s");
  for (const int linger_ms : {0, 1, 5}) {
    const std::string with = "linger " + std::to_string(linger_ms) + " ms: ";
    auto log = OpenLog(brokers, "appends", linger_ms, "none");
    const double batches = Ours(*log, count, 100), single = Ours(*log, count, 1);
    if (linger_ms == 0) {
      report->AddAtLeast(with + "appends in hundreds, to bare", batches / bare, 0.6, "");
    } else {
      report->Add(with + "appends in hundreds, to bare", batches / bare, "");
    }
    report->Add(with + "appends in hundreds", batches, "/s");
    report->Add(with + "single appends, to bare", single / bare, "");
    report->Add(with + "acknowledged after, middle", Latency(*log), "ms");
  }
  auto log = OpenLog(brokers, "appends", 0, "lz4");
  report->Add("lz4: appends in hundreds, to bare", Ours(*log, count, 100) / bare, "");
}

struct Applied {
  double computed = 0, passed = 0;
};

Applied Replay(const Core& core) {
  const double start = ThreadSeconds();
  const int64_t start_us = MonotonicMicros();
  Need(core.core->processor().Replay(nullptr), "replay");
  return {ThreadSeconds() - start, Seconds(start_us)};
}

// Decoding included, reading from the medium not: what the in-memory figure stands on.
double ReadSeconds(ports::EventLog& log) {
  double seconds = 0;
  std::vector<ports::LogEntry> entries;
  for (uint32_t p = 0; p < log.partitions(); ++p) {
    const auto range = Need(log.Range(p), "log");
    auto reader = Need(log.OpenReader(p, range.first), "log");
    while (reader->next() < range.end) {
      entries.clear();
      const double start = ThreadSeconds();
      Need(reader->Read(512, 100, &entries), "log");
      seconds += ThreadSeconds() - start;
    }
  }
  return seconds;
}

void Processing(const std::string& brokers, Report* report) {
  const auto data = MovieLens1M();
  const auto count =
      std::min<size_t>(data.rows.size(), static_cast<size_t>(Setting("SIGNALBOX_BENCH_EVENTS", 1e9)));
  const auto n = static_cast<double>(count);
  const std::string folder = FreshFolder("kafka");
  const std::vector<std::string> on_kafka = {"event_log.kind=kafka", "event_log.kafka.brokers=" + brokers,
                                             "event_log.kafka.topic=processing"};
  const auto append = [&](ports::EventLog& log) {
    AppendRecords(
        log, count, [&](uint64_t i) { return data.ToRecord(data.rows[i]); }, [](uint64_t) { return true; });
  };
  double in_memory = 0;
  {
    const auto node = OpenCore(folder + "/embedded", {});
    append(node->core->log());
    in_memory = Replay(*node).computed - ReadSeconds(node->core->log());
  }
  const auto node = OpenCore(folder + "/kafka", on_kafka);
  append(node->core->log());
  const Applied from_kafka = Replay(*node);
  if (Sample(node->metrics->Expose(), "event_processing_errors_total") > 0)
    GiveUp("not all events were applied");
  report->Add("MovieLens-1M applied from memory, decoding included", n / in_memory, "/s and core");
  report->Add("MovieLens-1M applied from Kafka, three partitions", n / from_kafka.computed, "/s and core");
  report->Add("the same by the clock, broker and client on the same cores", n / from_kafka.passed, "/s");
  report->AddAtLeast("applied from Kafka, to from memory", in_memory / from_kafka.computed, 0.8, "");
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace signalbox::bench

int main() {
  using namespace signalbox;
  bench::Report report("kafka");
  harness::KafkaBrokerOptions options;
  options.start_quickly = false;
  const auto broker = bench::Need(harness::KafkaBroker::Start(options), "broker");
  bench::Appends(broker->address(), &report);
  bench::Processing(broker->address(), &report);
  report.Write();
  return 0;
}
