// Reads one partition with a consumer of its own.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

#include "adapters/kafka/client.hpp"
#include "ports/event_log.hpp"

namespace signalbox::kafka {

// What a log shares with its readers, which may outlive it.
struct SharedLog {
  EventLogOptions options;
  std::atomic<bool> closed{false};
  std::atomic<uint64_t> read_records{0}, read_bytes{0};
};

// Assigned to its partition and offset, without a consumer group. Connects at the first Read.
class KafkaLogReader final : public ports::LogReader {
 public:
  KafkaLogReader(std::shared_ptr<SharedLog> log, uint32_t partition, uint64_t offset)
      : log_(std::move(log)), partition_(partition), next_(offset) {}

  // What the partition held when the reader last was at its end comes at once. Reading more takes
  // as long as the brokers take, up to answer_timeout_ms, also where wait_ms is less.
  Result<size_t> Read(size_t max_entries, int wait_ms, std::vector<ports::LogEntry>* entries) override;
  uint64_t next() const override { return next_; }
  bool interrupted() const override { return interrupted_; }

 private:
  using Clock = std::chrono::steady_clock;

  Result<void> Connect();
  void NoteError(int error, const char* reason);
  Result<void> CheckAlive(Clock::time_point now);
  Result<size_t> Misplaced();
  void Take(const rd_kafka_message_t& message, std::vector<ports::LogEntry>* entries);

  const std::shared_ptr<SharedLog> log_;
  const uint32_t partition_;
  uint64_t next_;
  Consumer consumer_;
  bool at_end_ = false;
  bool interrupted_ = false;    // written by callbacks of consumer_ during Read
  Clock::time_point heard_at_;  // when the brokers last showed that they are there
};

}  // namespace signalbox::kafka
