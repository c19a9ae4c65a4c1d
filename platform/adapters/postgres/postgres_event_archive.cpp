// Days, COPY, and the offset to go on from in the same transaction.
#include "adapters/postgres/postgres_event_archive.hpp"

#include <Poco/Data/LOB.h>
#include <Poco/Data/Statement.h>
#include <Poco/DateTime.h>
#include <Poco/DateTimeFormatter.h>

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "adapters/postgres/copy_rows.hpp"
#include "adapters/postgres/session_pool.hpp"
#include "model/record_codec.hpp"

namespace signalbox::postgres {

using namespace Poco::Data::Keywords;

namespace {

constexpr int64_t kDayMs = 86'400'000;

const std::vector<std::string>& ArchiveMigrations() {
  // kind: model::RecordKind, 0 = could not be decoded.
  static const std::vector<std::string> kSteps = {
      "CREATE TABLE event_archive (append_day DATE NOT NULL, log_partition BIGINT NOT NULL,"
      " log_offset BIGINT NOT NULL, append_ms BIGINT NOT NULL, kind SMALLINT NOT NULL, tenant TEXT NOT NULL,"
      " event_id TEXT NOT NULL, user_id TEXT NOT NULL, session_id TEXT NOT NULL, item_type TEXT NOT NULL,"
      " item_id TEXT NOT NULL, event_type TEXT NOT NULL, event_ms BIGINT NOT NULL, payload BYTEA NOT NULL,"
      " PRIMARY KEY (append_day, log_partition, log_offset)) PARTITION BY RANGE (append_day);"
      "CREATE INDEX event_archive_by_offset ON event_archive (log_partition, log_offset);"
      "CREATE INDEX event_archive_by_user ON event_archive (tenant, user_id);"
      "CREATE TABLE event_archive_offsets (log_partition BIGINT PRIMARY KEY, next BIGINT NOT NULL)",
      // For erasing sessions that belong to nobody.
      "CREATE INDEX event_archive_by_session ON event_archive (tenant, session_id) WHERE user_id = ''"};
  return kSteps;
}

std::string DayText(int64_t day, const char* format) {
  return Poco::DateTimeFormatter::format(Poco::Timestamp(day * kDayMs * 1000), format);
}

void MakeDay(SessionPool::Use& used, int64_t day) {
  std::string table = "event_archive_" + DayText(day, "%Y%m%d");
  Poco::Int32 there = 0;
  used.session() << "SELECT (to_regclass($1) IS NOT NULL)::int", use(table), into(there), now;
  if (there != 0) return;
  // Two processes that begin a day at once make it one after the other.
  Execute(used.connection(),
          "SELECT pg_advisory_xact_lock(8314892176726192752);"
          "CREATE TABLE IF NOT EXISTS " +
              table + " PARTITION OF event_archive FOR VALUES FROM ('" + DayText(day, "%Y-%m-%d") +
              "') TO ('" + DayText(day + 1, "%Y-%m-%d") + "')");
}

void AddRow(const ports::LogEntry& entry, int64_t day, CopyRows* rows) {
  const auto decoded = model::DecodeRecord(entry.payload);
  const model::RecordView record = decoded ? *decoded : model::RecordView{};
  rows->Text(DayText(day, "%Y-%m-%d"));
  rows->Number(entry.position.partition);
  rows->Number(static_cast<int64_t>(entry.position.offset));
  rows->Number(entry.append_ms);
  rows->Number(static_cast<int>(record.kind));  // 0 where it was not decoded
  for (const auto* text : {&record.tenant, &record.event_id, &record.user, &record.session, &record.item_type,
                           &record.item, &record.type}) {
    rows->Text(*text);
  }
  rows->Number(record.event_time_ms);
  rows->Bytes(entry.payload);
  rows->EndRow();
}

// What lies before the forget record in the log; what the same user does afterwards is kept.
void Forget(Poco::Data::Session& session, const model::RecordView& forget) {
  std::string tenant(forget.tenant), user(forget.user), visit(forget.session);
  Poco::Int32 kind = static_cast<int>(model::RecordKind::kForget);
  session << "DELETE FROM event_archive WHERE tenant = $1 AND kind <> $4 AND"
             " ((user_id = $2 AND $2 <> '') OR (user_id = '' AND session_id = $3 AND $3 <> ''))",
      use(tenant), use(user), use(visit), use(kind), now;
}

}  // namespace

struct PostgresEventArchive::Impl {
  std::shared_ptr<Database> database;
  Schema schema{"event archive", ArchiveMigrations()};
};

PostgresEventArchive::PostgresEventArchive(std::shared_ptr<Database> database)
    : impl_(new Impl{std::move(database)}) {}
PostgresEventArchive::~PostgresEventArchive() = default;

Result<uint64_t> PostgresEventArchive::Next(uint32_t partition) const {
  return impl_->database->pool().Read(impl_->schema, [&](Poco::Data::Session& session) -> Result<uint64_t> {
    Poco::Int64 key = partition;
    Poco::UInt64 next = 0;
    session << "SELECT coalesce(max(next), 0) FROM event_archive_offsets WHERE log_partition = $1", use(key),
        into(next), now;
    return next;
  });
}

Result<void> PostgresEventArchive::Append(uint32_t partition, const std::vector<ports::LogEntry>& entries) {
  if (entries.empty()) return {};
  return impl_->database->pool().Write(impl_->schema, [&](SessionPool::Use& used) -> Result<void> {
    auto& session = used.session();
    Poco::Int64 key = partition;
    session << "INSERT INTO event_archive_offsets VALUES ($1, 0) ON CONFLICT DO NOTHING", use(key), now;
    Poco::UInt64 next = 0;
    session << "SELECT next FROM event_archive_offsets WHERE log_partition = $1 FOR UPDATE", use(key),
        into(next), now;
    CopyRows rows;
    std::set<int64_t> days;
    const auto send = [&] {
      for (const int64_t day : days) MakeDay(used, day);
      if (rows.bytes() > 0) rows.Send(used.connection(), "event_archive");
      rows = CopyRows();
      days.clear();
    };
    for (const auto& entry : entries) {
      if (entry.position.offset < next) continue;
      next = entry.position.offset + 1;
      const int64_t day = entry.append_ms / kDayMs;
      days.insert(day);
      AddRow(entry, day, &rows);
      const auto record = model::DecodeRecord(entry.payload);
      if (!record || record->kind != model::RecordKind::kForget) continue;
      send();
      Forget(session, *record);
    }
    send();
    session << "UPDATE event_archive_offsets SET next = $2 WHERE log_partition = $1", use(key), use(next),
        now;
    return {};
  });
}

Result<std::vector<ports::LogEntry>> PostgresEventArchive::Read(uint32_t partition, uint64_t from,
                                                                size_t limit) const {
  using Entries = std::vector<ports::LogEntry>;
  return impl_->database->pool().Read(impl_->schema, [&](Poco::Data::Session& session) -> Result<Entries> {
    constexpr uint64_t kMost = std::numeric_limits<int64_t>::max();
    Poco::Int64 key = partition;
    Poco::UInt64 first = std::min<uint64_t>(from, kMost), count = std::min<uint64_t>(limit, kMost);
    std::vector<Poco::UInt64> offsets;
    std::vector<Poco::Int64> appended;
    std::vector<Poco::Data::BLOB> payloads;
    session << "SELECT log_offset, append_ms, payload FROM event_archive"
               " WHERE log_partition = $1 AND log_offset >= $2 ORDER BY log_offset LIMIT $3",
        use(key), use(first), use(count), into(offsets), into(appended), into(payloads), now;
    Entries entries;
    for (size_t i = 0; i < offsets.size(); ++i) {
      entries.push_back(
          {{partition, offsets[i]},
           appended[i],
           std::string(reinterpret_cast<const char*>(payloads[i].rawContent()), payloads[i].size())});
    }
    return entries;
  });
}

}  // namespace signalbox::postgres
