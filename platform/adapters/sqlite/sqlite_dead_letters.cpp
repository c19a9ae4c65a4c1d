// One table, keyed by position and signal so that a replay adds nothing.
#include "adapters/sqlite/sqlite_dead_letters.hpp"

#include <mutex>
#include <utility>

#include "adapters/sqlite/database.hpp"

namespace signalbox::sqlite {

struct SqliteDeadLetters::Impl {
  Database database;
  mutable std::mutex mutex;
  mutable Statement insert, trim, list;
};

SqliteDeadLetters::SqliteDeadLetters(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SqliteDeadLetters::~SqliteDeadLetters() = default;

Result<std::unique_ptr<SqliteDeadLetters>> SqliteDeadLetters::Open(const std::string& path) {
  auto database = Database::Open(path, "", Database::Mode::kCreate);
  if (!database) return Fail(database.error());
  auto made = database->Exec(
      "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
      "CREATE TABLE IF NOT EXISTS dead_letters ("
      " id INTEGER PRIMARY KEY, partition INTEGER NOT NULL, position INTEGER NOT NULL, signal BLOB NOT NULL,"
      " append_ms INTEGER NOT NULL, tenant BLOB NOT NULL, reason BLOB NOT NULL, payload BLOB NOT NULL,"
      " UNIQUE (partition, position, signal))");
  if (!made) return Fail(made.error());
  const auto traced = database->QueryInteger(
      "SELECT count(*) FROM pragma_table_info('dead_letters') WHERE name = 'trace_parent'");
  if (!traced) return Fail(traced.error());
  if (*traced == 0) {  // a file of an earlier version
    made = database->Exec("ALTER TABLE dead_letters ADD COLUMN trace_parent BLOB NOT NULL DEFAULT x''");
    if (!made) return Fail(made.error());
  }
  std::unique_ptr<Impl> impl(new Impl{std::move(*database), {}, {}, {}, {}});
  for (const auto& [statement, sql] :
       {std::pair{&impl->insert,
                  "INSERT INTO dead_letters (partition, position, signal, append_ms, tenant, reason, payload,"
                  " trace_parent) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING"},
        std::pair{&impl->trim,
                  "DELETE FROM dead_letters WHERE id <= (SELECT max(id) FROM dead_letters) - ?1"},
        std::pair{&impl->list,
                  "SELECT partition, position, signal, append_ms, tenant, reason, payload, trace_parent"
                  " FROM dead_letters"
                  " ORDER BY id DESC LIMIT ?1"}}) {
    auto prepared = impl->database.Prepare(sql);
    if (!prepared) return Fail(prepared.error());
    *statement = std::move(*prepared);
  }
  return std::unique_ptr<SqliteDeadLetters>(new SqliteDeadLetters(std::move(impl)));
}

Result<void> SqliteDeadLetters::Add(const ports::DeadLetter& letter) {
  const std::lock_guard lock(impl_->mutex);
  auto& insert = impl_->insert;
  insert.Bind(1, static_cast<int64_t>(letter.position.partition));
  insert.Bind(2, static_cast<int64_t>(letter.position.offset));
  insert.Bind(3, letter.signal);
  insert.Bind(4, letter.append_ms);
  insert.Bind(5, letter.tenant);
  insert.Bind(6, letter.reason);
  insert.Bind(7, letter.payload);
  insert.Bind(8, letter.trace_parent);
  const auto inserted = insert.Step();
  insert.Reset();
  if (!inserted) return Fail(inserted.error());
  impl_->trim.Bind(1, kMaxLetters);
  const auto trimmed = impl_->trim.Step();
  impl_->trim.Reset();
  if (!trimmed) return Fail(trimmed.error());
  return {};
}

Result<std::vector<ports::DeadLetter>> SqliteDeadLetters::List(size_t limit) const {
  const std::lock_guard lock(impl_->mutex);
  auto& list = impl_->list;
  list.Bind(1, static_cast<int64_t>(limit));
  std::vector<ports::DeadLetter> letters;
  Result<bool> row = true;
  while ((row = list.Step()) && *row) {
    ports::DeadLetter letter;
    letter.position = {static_cast<uint32_t>(list.Integer(0)), static_cast<uint64_t>(list.Integer(1))};
    letter.signal = list.Blob(2);
    letter.append_ms = list.Integer(3);
    letter.tenant = list.Blob(4);
    letter.reason = list.Blob(5);
    letter.payload = list.Blob(6);
    letter.trace_parent = list.Blob(7);
    letters.push_back(std::move(letter));
  }
  list.Reset();
  if (!row) return Fail(row.error());
  return letters;
}

}  // namespace signalbox::sqlite
