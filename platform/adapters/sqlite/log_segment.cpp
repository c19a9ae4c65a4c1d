// A segment's schema, its transactions and the checks on what is read back.
#include "adapters/sqlite/log_segment.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cinttypes>
#include <cstdio>

namespace signalbox::sqlite {
namespace {

constexpr char kSuffix[] = ".segment";
constexpr size_t kDigits = 20;
// 'SBLG' in the file's header, for file(1).
constexpr int kApplicationId = 0x53424c47;
constexpr int kFormat = 1;
// What a row takes beyond its payload, about.
constexpr uint64_t kGroupOverhead = 48;

uint64_t FileBytes(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? static_cast<uint64_t>(status.st_size) : 0;
}

constexpr uint64_t kPageBytes = 16384;
constexpr uint64_t kFrameBytes = kPageBytes + 24;

// What a commit writes to the write-ahead log, about: whole pages, one of which was begun before.
// A small commit takes a hundred times its own size.
uint64_t WalBytes(uint64_t bytes) { return (1 + (bytes + kPageBytes - 1) / kPageBytes) * kFrameBytes; }

// Large pages: fewer system calls per commit of many records; 16 KiB measured best overall (ADR 4).
Result<void> CreateSchema(Database& database) {
  return database.Exec(
      "BEGIN IMMEDIATE;"
      "CREATE TABLE IF NOT EXISTS groups (first_offset INTEGER PRIMARY KEY, append_ms INTEGER NOT NULL,"
      " records INTEGER NOT NULL, checksum INTEGER NOT NULL, payload BLOB NOT NULL);"
      "CREATE TABLE IF NOT EXISTS probe (bytes BLOB);"
      "PRAGMA application_id = " +
      std::to_string(kApplicationId) +
      ";"
      "PRAGMA user_version = " +
      std::to_string(kFormat) +
      ";"
      "COMMIT");
}

Result<void> Prepare(Database& database, const SegmentOptions& options) {
  // Checkpoints are made between groups, when the writer chooses.
  auto ready = database.Exec(
      "PRAGMA page_size = 16384; PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0;"
      "PRAGMA synchronous = " +
      std::string(options.durable ? "FULL" : "OFF"));
  if (!ready) return ready;
  const auto format = database.QueryInteger("PRAGMA user_version");
  if (!format) return Fail(format.error());
  if (*format == 0) return CreateSchema(database);
  if (*format == kFormat) return {};
  return Fail(
      Error(Code::kDataLoss, database.path() + ": format " + std::to_string(*format) + " is not known")
          .WithHint("it was written by a newer version; run that one"));
}

Error Damaged(const std::string& file, uint64_t offset, const std::string& what) {
  return Error(Code::kDataLoss, file + ": " + what + " at offset " + std::to_string(offset))
      .WithHint("the file is damaged; restore it from a backup");
}

}  // namespace

std::string SegmentName(uint64_t first_offset) {
  char name[40];
  std::snprintf(name, sizeof name, "%020" PRIu64 "%s", first_offset, kSuffix);
  return name;
}

std::optional<uint64_t> ParseSegmentName(const std::string& name) {
  if (name.size() != kDigits + sizeof kSuffix - 1 || name.substr(kDigits) != kSuffix) return std::nullopt;
  uint64_t offset = 0;
  for (size_t i = 0; i < kDigits; ++i) {
    if (name[i] < '0' || name[i] > '9') return std::nullopt;
    offset = offset * 10 + static_cast<uint64_t>(name[i] - '0');
  }
  return offset;
}

Result<Database> OpenSealed(const std::string& path, const std::string& vfs) {
  // Whoever opens it otherwise, because there still is a log, makes that log disappear when closing.
  const bool has_log = ::access((path + "-wal").c_str(), F_OK) == 0;
  return Database::Open(path, vfs, has_log ? Database::Mode::kExisting : Database::Mode::kUnchanging);
}

Result<SegmentSummary> ReadSummary(Database& database, uint64_t first_offset) {
  SegmentSummary summary{first_offset, 0, 0};
  for (const bool last : {false, true}) {
    auto select =
        database.Prepare("SELECT first_offset, append_ms, records FROM groups ORDER BY first_offset " +
                         std::string(last ? "DESC" : "ASC") + " LIMIT 1");
    if (!select) return Fail(select.error());
    const auto row = select->Step();
    if (!row) return Fail(row.error());
    if (!*row) return summary;
    const auto first = static_cast<uint64_t>(select->Integer(0));
    if (!last) {
      if (first != first_offset)
        return Fail(Damaged(database.path(), first_offset, "the first records are missing"));
      summary.first_append_ms = select->Integer(1);
    } else {
      summary.end = first + static_cast<uint64_t>(select->Integer(2));
      summary.last_append_ms = select->Integer(1);
    }
  }
  return summary;
}

Result<std::unique_ptr<SegmentWriter>> SegmentWriter::Open(const std::string& path, uint64_t first_offset,
                                                           const SegmentOptions& options) {
  auto database = Database::Open(path, options.vfs, Database::Mode::kCreate);
  if (!database) return Fail(database.error());
  if (auto ready = Prepare(*database, options); !ready) return Fail(ready.error());
  if (auto moved = database->Checkpoint(true); !moved) return Fail(moved.error());
  auto insert = database->Prepare("INSERT INTO groups VALUES (?, ?, ?, ?, ?)");
  if (!insert) return Fail(insert.error());
  std::unique_ptr<SegmentWriter> writer(new SegmentWriter(std::move(*database), std::move(*insert)));
  const auto summary = ReadSummary(writer->database_, first_offset);
  if (!summary) return Fail(summary.error());
  writer->empty_ = summary->end == first_offset;
  writer->end_ = summary->end;
  writer->first_append_ms_ = summary->first_append_ms;
  writer->last_append_ms_ = summary->last_append_ms;
  writer->bytes_ = FileBytes(path);
  return writer;
}

Result<void> SegmentWriter::Append(const LogGroup& group) {
  // One statement outside BEGIN is a transaction of its own.
  insert_.Bind(1, static_cast<int64_t>(group.first_offset));
  insert_.Bind(2, group.append_ms);
  insert_.Bind(3, static_cast<int64_t>(group.records));
  insert_.Bind(4, static_cast<int64_t>(
                      GroupChecksum(group.first_offset, group.append_ms, group.records, group.payload)));
  insert_.Bind(5, group.payload);
  const auto stepped = insert_.Step();
  insert_.Reset();
  if (!stepped) return Fail(stepped.error());
  end_ = group.end();
  if (empty_) first_append_ms_ = group.append_ms;
  empty_ = false;
  last_append_ms_ = group.append_ms;
  bytes_ += group.payload.size() + kGroupOverhead;
  unmoved_bytes_ += WalBytes(group.payload.size() + kGroupOverhead);
  return {};
}

Result<void> SegmentWriter::Probe(size_t bytes) {
  auto inserted = database_.Exec("INSERT INTO probe VALUES (zeroblob(" + std::to_string(bytes) + "))");
  if (!inserted) return inserted;
  return database_.Exec("DELETE FROM probe");
}

Result<void> SegmentWriter::Checkpoint(bool seal) {
  unmoved_bytes_ = 0;
  return database_.Checkpoint(seal);
}

Result<std::unique_ptr<SegmentReader>> SegmentReader::Open(const std::string& path, bool sealed,
                                                           const std::string& vfs) {
  auto database = sealed ? OpenSealed(path, vfs) : Database::Open(path, vfs, Database::Mode::kExisting);
  if (!database) return Fail(database.error());
  auto select = database->Prepare(
      "SELECT first_offset, append_ms, records, checksum, payload FROM groups WHERE first_offset >="
      " coalesce((SELECT max(first_offset) FROM groups WHERE first_offset <= ?1), 0)"
      " AND first_offset < ?2 ORDER BY first_offset");
  if (!select) return Fail(select.error());
  return std::unique_ptr<SegmentReader>(new SegmentReader(std::move(*database), std::move(*select)));
}

Result<void> SegmentReader::ReadGroups(uint64_t offset, uint64_t end, size_t max_bytes,
                                       std::vector<LogGroup>* groups) {
  struct ResetAtEnd {  // ends the read transaction, which would hold back the writer's checkpoints
    Statement& statement;
    ~ResetAtEnd() { statement.Reset(); }
  } reset{select_};
  select_.Bind(1, static_cast<int64_t>(offset));
  select_.Bind(2, static_cast<int64_t>(end));
  uint64_t expected = offset;
  for (size_t bytes = 0; bytes < max_bytes;) {
    const auto row = select_.Step();
    if (!row) return Fail(row.error());
    if (!*row) return {};
    LogGroup group{static_cast<uint64_t>(select_.Integer(0)), select_.Integer(1),
                   static_cast<uint32_t>(select_.Integer(2)), std::string(select_.Blob(4))};
    const auto checksum = static_cast<uint64_t>(select_.Integer(3));
    if (checksum != GroupChecksum(group.first_offset, group.append_ms, group.records, group.payload)) {
      return Fail(Damaged(path(), group.first_offset, "wrong checksum"));
    }
    const bool follows = expected == offset ? group.first_offset <= expected && expected < group.end()
                                            : group.first_offset == expected;
    if (!follows) return Fail(Damaged(path(), expected, "records are missing"));
    expected = group.end();
    bytes += group.payload.size() + kGroupOverhead;
    groups->push_back(std::move(group));
  }
  return {};
}

}  // namespace signalbox::sqlite
