// One table, keyed by position and signal so that a replay adds nothing.
#include "adapters/postgres/postgres_dead_letters.hpp"

#include <Poco/Data/LOB.h>
#include <Poco/Data/Statement.h>

#include <algorithm>
#include <atomic>
#include <limits>
#include <utility>

#include "adapters/postgres/arrays.hpp"
#include "adapters/postgres/session_pool.hpp"

namespace signalbox::postgres {

using namespace Poco::Data::Keywords;
using Poco::Data::BLOB;

namespace {

constexpr uint64_t kTrimEvery = 1000;

// Bytes, not text: what could not be read may be anything.
const std::vector<std::string>& DeadLetterMigrations() {
  static const std::vector<std::string> kSteps = {
      "CREATE TABLE dead_letters (letter BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
      " log_partition BIGINT NOT NULL, log_offset BIGINT NOT NULL, signal BYTEA NOT NULL,"
      " append_ms BIGINT NOT NULL, tenant BYTEA NOT NULL, reason BYTEA NOT NULL, payload BYTEA NOT NULL,"
      " UNIQUE (log_partition, log_offset, signal))",
      "ALTER TABLE dead_letters ADD COLUMN trace_parent BYTEA NOT NULL DEFAULT ''"};
  return kSteps;
}

// Poco binds an empty BLOB as NULL, hence text.
std::string Hex(const std::string& bytes) {
  std::string hex;
  AppendHex(bytes, &hex);
  return hex;
}

std::string FromBlob(const BLOB& blob) {
  return {reinterpret_cast<const char*>(blob.rawContent()), blob.size()};
}

}  // namespace

struct PostgresDeadLetters::Impl {
  std::shared_ptr<Database> database;
  Schema schema{"dead letters", DeadLetterMigrations()};
  std::atomic<uint64_t> added{0};
};

PostgresDeadLetters::PostgresDeadLetters(std::shared_ptr<Database> database)
    : impl_(new Impl{std::move(database)}) {}
PostgresDeadLetters::~PostgresDeadLetters() = default;

Result<void> PostgresDeadLetters::Add(const ports::DeadLetter& letter) {
  Poco::Int64 partition = letter.position.partition, offset = static_cast<int64_t>(letter.position.offset),
              append_ms = letter.append_ms, most = kMaxLetters;
  std::string signal = Hex(letter.signal), tenant = Hex(letter.tenant), reason = Hex(letter.reason),
              payload = Hex(letter.payload), trace_parent = Hex(letter.trace_parent);
  const bool trim = impl_->added.fetch_add(1) % kTrimEvery == kTrimEvery - 1;
  return impl_->database->pool().Read(impl_->schema, [&](Poco::Data::Session& session) -> Result<void> {
    session << "INSERT INTO dead_letters"
               " (log_partition, log_offset, signal, append_ms, tenant, reason, payload, trace_parent)"
               " VALUES ($1, $2, decode($3, 'hex'), $4, decode($5, 'hex'), decode($6, 'hex'),"
               " decode($7, 'hex'), decode($8, 'hex')) ON CONFLICT DO NOTHING",
        use(partition), use(offset), use(signal), use(append_ms), use(tenant), use(reason), use(payload),
        use(trace_parent), now;
    if (trim) {
      session << "DELETE FROM dead_letters WHERE letter <= (SELECT max(letter) FROM dead_letters) - $1",
          use(most), now;
    }
    return {};
  });
}

Result<std::vector<ports::DeadLetter>> PostgresDeadLetters::List(size_t limit) const {
  using Letters = std::vector<ports::DeadLetter>;
  return impl_->database->pool().Read(impl_->schema, [&](Poco::Data::Session& session) -> Result<Letters> {
    Poco::Int64 count = static_cast<int64_t>(std::min<uint64_t>(limit, std::numeric_limits<int64_t>::max()));
    std::vector<Poco::Int64> partitions, offsets, appended;
    std::vector<BLOB> signals, tenants, reasons, payloads, traces;
    session << "SELECT log_partition, log_offset, append_ms, signal, tenant, reason, payload,"
               " trace_parent"
               " FROM dead_letters ORDER BY letter DESC LIMIT $1",
        use(count), into(partitions), into(offsets), into(appended), into(signals), into(tenants),
        into(reasons), into(payloads), into(traces), now;
    Letters letters;
    for (size_t i = 0; i < partitions.size(); ++i) {
      letters.push_back({{static_cast<uint32_t>(partitions[i]), static_cast<uint64_t>(offsets[i])},
                         appended[i],
                         FromBlob(tenants[i]),
                         FromBlob(signals[i]),
                         FromBlob(reasons[i]),
                         FromBlob(payloads[i]),
                         FromBlob(traces[i])});
    }
    return letters;
  });
}

}  // namespace signalbox::postgres
