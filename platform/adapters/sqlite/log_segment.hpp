// One file of the event log: a SQLite database of commit groups with ascending offsets.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/sqlite/database.hpp"
#include "adapters/sqlite/log_group.hpp"

namespace signalbox::sqlite {

struct SegmentOptions {
  std::string vfs;      // empty = the default one
  bool durable = true;  // false: commits are not fsynced
};

// The segment's file name, "00000000000000012345.segment" for first offset 12345.
std::string SegmentName(uint64_t first_offset);
// nullopt = not a segment's file name.
std::optional<uint64_t> ParseSegmentName(const std::string& name);

// The write side of the newest segment. Threads: one at a time.
class SegmentWriter {
 public:
  // Opens or creates it. What an interrupted process left in the write-ahead log is made durable
  // before this returns, so that nothing is read that a power cut could still take back.
  // Errors: kDataLoss, kUnavailable; the message names the file.
  static Result<std::unique_ptr<SegmentWriter>> Open(const std::string& path, uint64_t first_offset,
                                                     const SegmentOptions& options);

  // Durable when it returns. Requires: group.first_offset == end(). After an error the writer is
  // to be thrown away; whether the group was kept is known to the next one that opens the file.
  Result<void> Append(const LogGroup& group);

  // Commits and deletes that many bytes: shows that they fit.
  Result<void> Probe(size_t bytes);

  // Moves the write-ahead log into the file. `seal`: all of it, nothing will follow.
  Result<void> Checkpoint(bool seal);

  uint64_t end() const { return end_; }  // the next offset
  bool empty() const { return empty_; }
  int64_t first_append_ms() const { return first_append_ms_; }  // 0 when empty
  int64_t last_append_ms() const { return last_append_ms_; }    // 0 when empty
  uint64_t bytes() const { return bytes_; }                     // about the file's size
  uint64_t unmoved_bytes() const { return unmoved_bytes_; }     // in the write-ahead log, about

 private:
  SegmentWriter(Database database, Statement insert)
      : database_(std::move(database)), insert_(std::move(insert)) {}

  Database database_;
  Statement insert_;
  bool empty_ = true;
  uint64_t end_ = 0;
  int64_t first_append_ms_ = 0;
  int64_t last_append_ms_ = 0;
  uint64_t bytes_ = 0;
  uint64_t unmoved_bytes_ = 0;
};

// The read side of any segment. Threads: one at a time, beside the writer and other readers.
class SegmentReader {
 public:
  // sealed: not the newest any more.
  // Errors: kDataLoss, kUnavailable (also when the file is gone).
  static Result<std::unique_ptr<SegmentReader>> Open(const std::string& path, bool sealed,
                                                     const std::string& vfs);

  // Appends the group that holds `offset` and those after it, below `end`, until max_bytes are
  // reached. None = there is no such group.
  // Errors: kDataLoss for a damaged group, kUnavailable.
  Result<void> ReadGroups(uint64_t offset, uint64_t end, size_t max_bytes, std::vector<LogGroup>* groups);

  const std::string& path() const { return database_.path(); }

 private:
  SegmentReader(Database database, Statement select)
      : database_(std::move(database)), select_(std::move(select)) {}

  Database database_;
  Statement select_;
};

// What the segment holds, read once. end == first_offset when it is empty.
struct SegmentSummary {
  uint64_t end = 0;
  int64_t first_append_ms = 0;
  int64_t last_append_ms = 0;
};

// A segment that is not the newest. Where its write-ahead log is empty and gone, which is the
// rule, it is opened as unchanging.
Result<Database> OpenSealed(const std::string& path, const std::string& vfs);
Result<SegmentSummary> ReadSummary(Database& database, uint64_t first_offset);

}  // namespace signalbox::sqlite
