// Fake: an event log in memory with any number of partitions.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "ports/append_queue.hpp"
#include "ports/event_log.hpp"

namespace signalbox::ports::fakes {

// What a MemoryEventLog keeps; hand it to a second one to play a restart.
struct MemoryLogStorage {
  struct Partition {
    uint64_t first = 0;
    std::vector<LogEntry> entries;  // entries[i] has offset first + i
    std::optional<uint64_t> damaged;
    std::set<uint64_t> without_record;  // what SkipOffset left
  };
  std::mutex mutex;
  std::condition_variable grown;
  std::vector<Partition> partitions;
  int64_t last_append_ms = 0;
  uint64_t interruptions = 0;  // readers opened before one of them say so
};

struct MemoryEventLogOptions {
  uint32_t partitions = 3;
  const Clock* clock = nullptr;  // outlives the log; null = the system's
  AppendLimits limits;
  int64_t max_age_ms = std::numeric_limits<int64_t>::max();
  uint64_t max_bytes = std::numeric_limits<uint64_t>::max();  // per partition, payloads only
  std::shared_ptr<MemoryLogStorage> storage;                  // null = its own
};

// Keeps every contract of EventLog but durability; retention drops single records. Records of one
// key go to one partition. Readers may outlive it.
class MemoryEventLog final : public EventLog {
 public:
  explicit MemoryEventLog(MemoryEventLogOptions options = {});
  ~MemoryEventLog() override;

  uint32_t partitions() const override;
  void Append(std::vector<AppendRequest> batch, Done done) override;
  Result<std::unique_ptr<LogReader>> OpenReader(uint32_t partition, uint64_t offset) override;
  Result<LogRange> Range(uint32_t partition) const override;
  Result<void> Writable() const override;
  Result<void> ApplyRetention(const model::Offsets& keep_from) override;
  void Close() override;

  // Appends fail with `error` until it is nullopt again.
  void FailAppends(std::optional<Error> error);
  // The next offset of the partition holds no record, as a log that others write to may have it.
  void SkipOffset(uint32_t partition);
  // What another producer wrote into the partition, as a reader is to give it.
  void PutEntry(uint32_t partition, LogEntry entry);
  // The log is away for a moment, and comes back with only the entries before `end` in the partition.
  void Interrupt(uint32_t partition, uint64_t end);
  // Reading this record fails with kDataLoss.
  void Damage(model::LogPosition position);

 private:
  Result<void> Write(std::span<const AppendQueue::Pending> group,
                     std::vector<AppendQueue::Positions>* positions);

  const MemoryEventLogOptions options_;
  const std::shared_ptr<MemoryLogStorage> storage_;
  const std::shared_ptr<bool> closed_;  // guarded by storage_->mutex; shared with readers
  std::optional<Error> failure_;        // guarded by storage_->mutex
  std::unique_ptr<AppendQueue> queue_;
};

// Appends and waits for it; for tests and tools.
Result<std::vector<model::LogPosition>> AppendAndWait(EventLog& log, std::vector<AppendRequest> batch);

}  // namespace signalbox::ports::fakes
