// Port: the durable, partitioned, append-only log of records.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/position.hpp"

namespace signalbox::ports {

// The largest payload of one record.
inline constexpr size_t kMaxLogPayloadBytes = size_t{1} << 20;

struct AppendRequest {
  std::string partition_key;
  std::string payload;  // model::EncodeRecord's bytes
  // The W3C trace context of the request it came with; empty = none. A log that keeps headers keeps it.
  std::string trace_parent;
};

struct LogEntry {
  model::LogPosition position;
  int64_t append_ms = 0;  // the log's own clock; decides deduplication and retention
  std::string payload;
  // What another producer put into the log. Not empty: `payload` is no record, and this says why.
  std::string problem;
  std::string original;      // not empty: the log holds this, and `payload` is its translation
  std::string trace_parent;  // as appended; empty = none, or the log keeps none
};

// Offsets of a partition: [first, end). first > 0 where retention dropped older ones.
struct LogRange {
  uint64_t first = 0;
  uint64_t end = 0;
};

// Reads one partition in order. Threads: one at a time. Lifetime: the log outlives it.
class LogReader {
 public:
  virtual ~LogReader() = default;

  // Appends up to max_entries to *entries, waiting up to wait_ms for the first one to be appended;
  // fetching what is there already is not counted. 0 = none came, which after Close is told without
  // waiting. Offsets rise, and may leave some out.
  // Errors: kDataLoss for damaged storage or an offset past the end of a log that was truncated
  //         (the message names the place), kUnavailable, kNotFound where retention has dropped the
  //         reader's offset.
  virtual Result<size_t> Read(size_t max_entries, int wait_ms, std::vector<LogEntry>* entries) = 0;

  // The offset at which the next Read looks: past what was given, and past offsets without a record.
  virtual uint64_t next() const = 0;

  // The log was out of reach since the reader was opened: what it gave last may not follow on what it
  // gave before, for the log may have been replaced meanwhile. Stays true.
  virtual bool interrupted() const { return false; }
};

// Threads: every member is safe from any thread.
class EventLog {
 public:
  using Done = std::function<void(Result<std::vector<model::LogPosition>>)>;

  virtual ~EventLog() = default;

  virtual uint32_t partitions() const = 0;

  // Appends the batch (per partition in the batch's order, and in that of one thread's calls), and calls
  // `done` once, from a thread of the log, when they are durable: fsynced, or acknowledged by
  // all replicas. `done` must not block. Never blocks itself.
  // Errors (through done): kResourceExhausted when the queue is full, kUnavailable when the
  //         medium cannot be written, kTooLarge for a payload over 1 MiB. Nothing was kept then,
  //         or (kUnavailable only) it is unknown whether it was: all of it or nothing where the log
  //         has one partition, any part of it where it has several.
  virtual void Append(std::vector<AppendRequest> batch, Done done) = 0;

  // Errors: kNotFound when the partition or offset does not exist (offset == end is fine).
  virtual Result<std::unique_ptr<LogReader>> OpenReader(uint32_t partition, uint64_t offset) = 0;

  virtual Result<LogRange> Range(uint32_t partition) const = 0;

  // Ok while appends can succeed; the error that stopped them otherwise.
  virtual Result<void> Writable() const = 0;

  // Drops what age and size limits allow, never at or past `keep_from` (per partition).
  virtual Result<void> ApplyRetention(const model::Offsets& keep_from) = 0;

  // Completes or fails every append taken; later ones fail with kUnavailable.
  virtual void Close() = 0;
};

}  // namespace signalbox::ports
