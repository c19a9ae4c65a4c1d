// The partitions as vectors, written by the queue's thread.
#include "ports/fakes/memory_event_log.hpp"

#include <algorithm>
#include <chrono>
#include <future>

#include "base/hash.hpp"

namespace signalbox::ports::fakes {
namespace {

const SystemClock kSystemClock;

class MemoryLogReader final : public LogReader {
 public:
  MemoryLogReader(std::shared_ptr<MemoryLogStorage> storage, std::shared_ptr<bool> closed, uint32_t partition,
                  uint64_t offset)
      : storage_(std::move(storage)), closed_(std::move(closed)), partition_(partition), next_(offset) {
    const std::lock_guard lock(storage_->mutex);
    interruptions_ = storage_->interruptions;
  }

  Result<size_t> Read(size_t max_entries, int wait_ms, std::vector<LogEntry>* entries) override {
    std::unique_lock lock(storage_->mutex);
    const auto& stored = storage_->partitions[partition_];
    const auto end = [&] { return stored.first + stored.entries.size(); };
    storage_->grown.wait_for(lock, std::chrono::milliseconds(wait_ms),
                             [&] { return *closed_ || end() > next_; });
    if (next_ < stored.first) {
      return Fail(Error(Code::kNotFound, "offset " + std::to_string(next_) + " of partition " +
                                             std::to_string(partition_) + " was dropped by retention")
                      .WithHint("start at offset " + std::to_string(stored.first)));
    }
    size_t count = 0;
    for (; next_ < end() && count < max_entries; ++next_) {
      if (stored.without_record.count(next_) > 0) continue;
      if (stored.damaged != next_) {
        entries->push_back(stored.entries[next_ - stored.first]);
        ++count;
        continue;
      }
      if (count > 0) break;
      return Fail(Error(Code::kDataLoss, "memory log: partition " + std::to_string(partition_) +
                                             " is damaged at offset " + std::to_string(next_))
                      .WithHint("restore it from a backup"));
    }
    return count;
  }
  uint64_t next() const override { return next_; }
  bool interrupted() const override {
    const std::lock_guard lock(storage_->mutex);
    return storage_->interruptions != interruptions_;
  }

 private:
  const std::shared_ptr<MemoryLogStorage> storage_;
  const std::shared_ptr<bool> closed_;
  const uint32_t partition_;
  uint64_t next_;
  uint64_t interruptions_ = 0;
};

}  // namespace

MemoryEventLog::MemoryEventLog(MemoryEventLogOptions options)
    : options_(std::move(options)),
      storage_(options_.storage ? options_.storage : std::make_shared<MemoryLogStorage>()),
      closed_(std::make_shared<bool>(false)) {
  {
    std::lock_guard lock(storage_->mutex);
    if (storage_->partitions.size() < options_.partitions) storage_->partitions.resize(options_.partitions);
  }
  queue_ = std::make_unique<AppendQueue>(
      options_.limits, [this](auto group, auto* positions) { return Write(group, positions); });
}

MemoryEventLog::~MemoryEventLog() { Close(); }

uint32_t MemoryEventLog::partitions() const { return options_.partitions; }

void MemoryEventLog::Append(std::vector<AppendRequest> batch, Done done) {
  queue_->Append(std::move(batch), std::move(done));
}

Result<void> MemoryEventLog::Write(std::span<const AppendQueue::Pending> group,
                                   std::vector<AppendQueue::Positions>* positions) {
  const Clock& clock = options_.clock ? *options_.clock : kSystemClock;
  const int64_t now_ms = clock.now_ms();
  std::lock_guard lock(storage_->mutex);
  if (failure_) return Fail(*failure_);
  storage_->last_append_ms = std::max(storage_->last_append_ms, now_ms);
  for (size_t i = 0; i < group.size(); ++i) {
    for (const auto& request : group[i].batch) {
      const std::string& key = request.partition_key;
      const auto index = static_cast<uint32_t>(Checksum64(key.data(), key.size()) % options_.partitions);
      auto& partition = storage_->partitions[index];
      const model::LogPosition position{index, partition.first + partition.entries.size()};
      partition.entries.push_back(
          {position, storage_->last_append_ms, request.payload, {}, {}, request.trace_parent});
      (*positions)[i].push_back(position);
    }
  }
  storage_->grown.notify_all();
  return {};
}

Result<std::unique_ptr<LogReader>> MemoryEventLog::OpenReader(uint32_t partition, uint64_t offset) {
  const auto range = Range(partition);
  if (!range) return Fail(range.error());
  if (offset < range->first || offset > range->end) {
    return Fail(
        Error(Code::kNotFound,
              "no offset " + std::to_string(offset) + " in partition " + std::to_string(partition))
            .WithHint("offsets are " + std::to_string(range->first) + " to " + std::to_string(range->end)));
  }
  return std::make_unique<MemoryLogReader>(storage_, closed_, partition, offset);
}

Result<LogRange> MemoryEventLog::Range(uint32_t partition) const {
  if (partition >= options_.partitions) {
    return Fail(Error(Code::kNotFound, "no partition " + std::to_string(partition))
                    .WithHint("the log has " + std::to_string(options_.partitions)));
  }
  std::lock_guard lock(storage_->mutex);
  const auto& stored = storage_->partitions[partition];
  return LogRange{stored.first, stored.first + stored.entries.size()};
}

Result<void> MemoryEventLog::Writable() const {
  std::lock_guard lock(storage_->mutex);
  if (*closed_)
    return Fail(Error(Code::kUnavailable, "the event log is closed").WithHint("try another node"));
  if (failure_) return Fail(*failure_);
  return {};
}

Result<void> MemoryEventLog::ApplyRetention(const model::Offsets& keep_from) {
  const Clock& clock = options_.clock ? *options_.clock : kSystemClock;
  const int64_t now_ms = clock.now_ms();
  std::lock_guard lock(storage_->mutex);
  for (uint32_t p = 0; p < options_.partitions && p < keep_from.size(); ++p) {
    auto& stored = storage_->partitions[p];
    uint64_t bytes = 0;
    for (const auto& entry : stored.entries) bytes += entry.payload.size();
    size_t dropped = 0;
    while (dropped < stored.entries.size() && stored.first + dropped < keep_from[p]) {
      const auto& oldest = stored.entries[dropped];
      if (now_ms - oldest.append_ms <= options_.max_age_ms && bytes <= options_.max_bytes) break;
      bytes -= oldest.payload.size();
      ++dropped;
    }
    stored.entries.erase(stored.entries.begin(), stored.entries.begin() + static_cast<ptrdiff_t>(dropped));
    stored.first += dropped;
  }
  return {};
}

void MemoryEventLog::Close() {
  queue_->Close();
  std::lock_guard lock(storage_->mutex);
  *closed_ = true;
  storage_->grown.notify_all();
}

void MemoryEventLog::FailAppends(std::optional<Error> error) {
  std::lock_guard lock(storage_->mutex);
  failure_ = std::move(error);
}

void MemoryEventLog::SkipOffset(uint32_t partition) {
  std::lock_guard lock(storage_->mutex);
  auto& stored = storage_->partitions[partition];
  stored.without_record.insert(stored.first + stored.entries.size());
  stored.entries.emplace_back();
}

void MemoryEventLog::PutEntry(uint32_t partition, LogEntry entry) {
  std::lock_guard lock(storage_->mutex);
  auto& stored = storage_->partitions[partition];
  entry.position = {partition, stored.first + stored.entries.size()};
  stored.entries.push_back(std::move(entry));
  storage_->grown.notify_all();
}

void MemoryEventLog::Damage(model::LogPosition position) {
  std::lock_guard lock(storage_->mutex);
  storage_->partitions[position.partition].damaged = position.offset;
}

void MemoryEventLog::Interrupt(uint32_t partition, uint64_t end) {
  const std::lock_guard lock(storage_->mutex);
  auto& stored = storage_->partitions[partition];
  if (end < stored.first + stored.entries.size()) stored.entries.resize(end - stored.first);
  ++storage_->interruptions;
  storage_->grown.notify_all();
}

Result<std::vector<model::LogPosition>> AppendAndWait(EventLog& log, std::vector<AppendRequest> batch) {
  std::promise<Result<std::vector<model::LogPosition>>> promise;
  auto future = promise.get_future();
  log.Append(std::move(batch), [&promise](auto result) { promise.set_value(std::move(result)); });
  return future.get();
}

}  // namespace signalbox::ports::fakes
