// The event log as a row of SQLite files in one directory, with one partition.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "ports/append_queue.hpp"
#include "ports/event_log.hpp"

namespace signalbox::sqlite {

struct EventLogOptions {
  std::string directory;                         // made when absent
  const Clock* clock = nullptr;                  // outlives the log; null = the system's
  uint64_t segment_bytes = uint64_t{256} << 20;  // a new file begins at this size and each UTC day
  // The write-ahead log is moved into the file at this size, or a quarter of it if nothing waits:
  // small enough that its pages are rewritten in place instead of growing a file at each commit.
  uint64_t move_bytes = uint64_t{16} << 20;
  int64_t max_age_ms = int64_t{90} * 86'400'000;      // retention, by append time
  uint64_t max_bytes = uint64_t{20} * 1'000'000'000;  // retention, of all files together
  ports::AppendLimits limits;
  std::string vfs;      // SQLite VFS by name; empty = the default one
  bool durable = true;  // false loses acknowledged appends at a power cut: for measurements only
};

// Threads: every member is safe from any thread; a writing and a completing thread of its own.
// A failed write is answered with kUnavailable and Writable() says why until a probe of the same
// size succeeds, which is tried by itself every 200 ms; offsets stay gapless.
class SqliteEventLog final : public ports::EventLog {
 public:
  // Errors: kConflict when another process has the directory, kDataLoss when the newest file is
  //         damaged (the message names it), kUnavailable.
  static Result<std::unique_ptr<SqliteEventLog>> Open(EventLogOptions options);
  ~SqliteEventLog() override;

  uint32_t partitions() const override { return 1; }
  void Append(std::vector<ports::AppendRequest> batch, Done done) override;
  Result<std::unique_ptr<ports::LogReader>> OpenReader(uint32_t partition, uint64_t offset) override;
  Result<ports::LogRange> Range(uint32_t partition) const override;
  Result<void> Writable() const override;
  // Drops whole segments only, and never the one being written.
  Result<void> ApplyRetention(const model::Offsets& keep_from) override;
  void Close() override;

 private:
  class Impl;
  explicit SqliteEventLog(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace signalbox::sqlite
