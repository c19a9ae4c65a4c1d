// The parts of the log put together.
#include "adapters/kafka/kafka_event_log.hpp"

#include <algorithm>
#include <utility>

#include "adapters/kafka/log_reader.hpp"
#include "adapters/kafka/record_producer.hpp"
#include "adapters/kafka/topic_admin.hpp"
#include "base/log.hpp"

namespace signalbox::kafka {
namespace {

const SystemClock kSystemClock;

}  // namespace

class KafkaEventLog::Impl {
 public:
  explicit Impl(EventLogOptions options) : shared(std::make_shared<SharedLog>()) {
    shared->options = std::move(options);
  }

  const EventLogOptions& options() const { return shared->options; }

  // How many of `count` records may stay so that all partitions together keep to max_bytes.
  uint64_t KeptOf(uint64_t count, uint64_t all) const {
    const uint64_t records = shared->read_records + producer->acknowledged_records();
    const uint64_t bytes = shared->read_bytes + producer->acknowledged_bytes();
    if (records == 0 || all == 0) return count;
    const double mean = static_cast<double>(bytes) / static_cast<double>(records);
    const double size = mean * static_cast<double>(all);
    if (size <= static_cast<double>(options().max_bytes)) return count;
    return static_cast<uint64_t>(static_cast<double>(count) *
                                 (static_cast<double>(options().max_bytes) / size));
  }

  const std::shared_ptr<SharedLog> shared;
  std::unique_ptr<TopicAdmin> admin;
  std::unique_ptr<RecordProducer> producer;
};

uint32_t PartitionOf(std::string_view key, uint32_t partitions) {
  return static_cast<uint32_t>(rd_kafka_msg_partitioner_murmur2(
      nullptr, key.data(), key.size(), static_cast<int32_t>(partitions), nullptr, nullptr));
}

Result<std::unique_ptr<KafkaEventLog>> KafkaEventLog::Open(EventLogOptions options) {
  if (options.brokers.empty()) {
    return Fail(Error(Code::kInvalidArgument, "event_log.kafka.brokers is empty")
                    .WithField("event_log.kafka.brokers")
                    .WithHint("Give host:port of one broker or more, or set KAFKA_BROKERS."));
  }
  auto impl = std::make_unique<Impl>(std::move(options));
  auto admin = TopicAdmin::Connect(impl->options());
  if (!admin) return Fail(admin.error());
  impl->admin = std::move(*admin);
  if (auto ensured = impl->admin->Ensure(EventsPlan(impl->options())); !ensured) return Fail(ensured.error());
  auto producer = RecordProducer::Start(impl->options());
  if (!producer) return Fail(producer.error());
  impl->producer = std::move(*producer);
  return std::unique_ptr<KafkaEventLog>(new KafkaEventLog(std::move(impl)));
}

KafkaEventLog::KafkaEventLog(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

KafkaEventLog::~KafkaEventLog() { Close(); }

uint32_t KafkaEventLog::partitions() const { return impl_->options().partitions; }

void KafkaEventLog::Append(std::vector<ports::AppendRequest> batch, Done done) {
  impl_->producer->Append(std::move(batch), std::move(done));
}

Result<std::unique_ptr<ports::LogReader>> KafkaEventLog::OpenReader(uint32_t partition, uint64_t offset) {
  const auto range = Range(partition);
  if (!range) return Fail(range.error());
  if (offset < range->first || offset > range->end) {
    return Fail(
        Error(Code::kNotFound,
              "no offset " + std::to_string(offset) + " in partition " + std::to_string(partition))
            .WithHint("offsets are " + std::to_string(range->first) + " to " + std::to_string(range->end)));
  }
  return std::make_unique<KafkaLogReader>(impl_->shared, partition, offset);
}

Result<ports::LogRange> KafkaEventLog::Range(uint32_t partition) const {
  if (partition >= partitions()) {
    return Fail(Error(Code::kNotFound, "no partition " + std::to_string(partition))
                    .WithHint("the log has " + std::to_string(partitions())));
  }
  return impl_->admin->Range(partition);
}

Result<void> KafkaEventLog::Writable() const { return impl_->producer->Writable(); }

Result<void> KafkaEventLog::ApplyRetention(const model::Offsets& keep_from) {
  const auto& options = impl_->options();
  const int64_t now_ms = (options.clock ? *options.clock : kSystemClock).now_ms();
  const uint32_t count = std::min(partitions(), static_cast<uint32_t>(keep_from.size()));
  std::vector<ports::LogRange> ranges;
  uint64_t all = 0;
  for (uint32_t p = 0; p < count; ++p) {
    const auto range = Range(p);
    if (!range) return Fail(range.error());
    ranges.push_back(*range);
    all += range->end - range->first;
  }
  model::Offsets drop_before(count);
  bool any = false;
  for (uint32_t p = 0; p < count; ++p) {
    uint64_t from = ranges[p].first;
    if (options.max_age_ms < now_ms) {
      const auto young = impl_->admin->OffsetAt(p, now_ms - options.max_age_ms);
      if (!young) return Fail(young.error());
      from = std::max(from, *young);
    }
    const uint64_t held = ranges[p].end - ranges[p].first;
    from = std::max(from, ranges[p].end - impl_->KeptOf(held, all));
    drop_before[p] = std::max(ranges[p].first, std::min(from, keep_from[p]));
    any = any || drop_before[p] > ranges[p].first;
  }
  if (!any) return {};
  LogInfo("retention drops records of the event log", {{"topic", options.topic}});
  return impl_->admin->DropBefore(drop_before);
}

void KafkaEventLog::Close() {
  impl_->shared->closed = true;
  impl_->producer->Close();
}

}  // namespace signalbox::kafka
