// The SQL of revisions and of what is in force.
#include "adapters/postgres/control_tables.hpp"

#include <Poco/Data/Statement.h>

#include <algorithm>
#include <limits>

namespace signalbox::postgres {

using namespace Poco::Data::Keywords;
using model::ObjectName;
using model::Revision;
using Poco::Data::Session;
using Poco::Data::Statement;

namespace {

// What LIMIT can take.
Poco::UInt64 Bounded(size_t limit) {
  return std::min<uint64_t>(limit, std::numeric_limits<int64_t>::max() - 1);
}

// An object's key as statements bind it.
struct Key {
  explicit Key(const ObjectName& object)
      : tenant(object.tenant), kind(model::KindName(object.kind)), name(object.name) {}
  std::string tenant, kind, name;
};

constexpr char kOfObject[] = " WHERE tenant = $1 AND kind = $2 AND name = $3";
constexpr char kHead[] =
    "SELECT number, base, state, author, comment, created_ms, published_ms, epoch, failed";

// Runs a statement that selects kHead, and source, vals and rules where `content` is given.
std::vector<Revision> FetchRevisions(Statement& select, const ObjectName& object, bool content) {
  std::vector<Poco::UInt64> numbers, bases, epochs;
  std::vector<std::string> states, authors, comments, sources, values, rules;
  std::vector<Poco::Int64> created_ms, published_ms;
  std::vector<Poco::Int32> failed;
  select, into(numbers), into(bases), into(states), into(authors), into(comments), into(created_ms),
      into(published_ms), into(epochs), into(failed);
  if (content) select, into(sources), into(values), into(rules);
  select.execute();
  std::vector<Revision> revisions(numbers.size());
  for (size_t i = 0; i < numbers.size(); ++i) {
    Revision& revision = revisions[i];
    revision.object = object;
    revision.number = numbers[i];
    revision.base = bases[i];
    model::ParseState(states[i], &revision.state);
    revision.author = authors[i];
    revision.comment = comments[i];
    revision.created_ms = created_ms[i];
    revision.published_ms = published_ms[i];
    revision.epoch = epochs[i];
    revision.failed = failed[i] != 0;
    if (content) revision.content = {sources[i], ports::ReadValues(values[i]), rules[i]};
  }
  return revisions;
}

std::optional<Revision> FirstOf(std::vector<Revision> revisions) {
  return revisions.empty() ? std::nullopt : std::optional(std::move(revisions.front()));
}

// Runs a statement that selects tenant, kind, name, number and epoch.
std::vector<ports::InForce> FetchInForce(Statement& select) {
  std::vector<std::string> tenants, kinds, names;
  std::vector<Poco::UInt64> numbers, epochs;
  select, into(tenants), into(kinds), into(names), into(numbers), into(epochs);
  select.execute();
  std::vector<ports::InForce> rows(tenants.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    rows[i].object.tenant = tenants[i];
    model::ParseKind(kinds[i], &rows[i].object.kind);
    rows[i].object.name = names[i];
    rows[i].number = numbers[i];
    rows[i].epoch = epochs[i];
  }
  return rows;
}

}  // namespace

const std::vector<std::string>& ControlMigrations() {
  // COLLATE "C": names are compared and listed by their bytes. kind, state: their names; vals: JSON;
  // epoch: when it last came into force, 0 = never; due_ms: when the next step is due, NULL = none.
  static const std::vector<std::string> kSteps = {
      "CREATE TABLE control_state (id INTEGER PRIMARY KEY CHECK (id = 1), epoch BIGINT NOT NULL,"
      " safe_mode INTEGER NOT NULL);"
      "INSERT INTO control_state VALUES (1, 0, 0);"
      "CREATE TABLE revisions (tenant TEXT COLLATE \"C\" NOT NULL, kind TEXT COLLATE \"C\" NOT NULL,"
      " name TEXT COLLATE \"C\" NOT NULL, number BIGINT NOT NULL, base BIGINT NOT NULL, state TEXT NOT NULL,"
      " source TEXT NOT NULL, vals TEXT NOT NULL, rules TEXT NOT NULL, author TEXT NOT NULL,"
      " comment TEXT NOT NULL, created_ms BIGINT NOT NULL, published_ms BIGINT NOT NULL,"
      " epoch BIGINT NOT NULL, failed INTEGER NOT NULL, PRIMARY KEY (tenant, kind, name, number));"
      "CREATE TABLE in_force (tenant TEXT COLLATE \"C\" NOT NULL, kind TEXT COLLATE \"C\" NOT NULL,"
      " name TEXT COLLATE \"C\" NOT NULL, number BIGINT NOT NULL, epoch BIGINT NOT NULL,"
      " PRIMARY KEY (tenant, kind, name));"
      "CREATE UNIQUE INDEX in_force_by_epoch ON in_force (epoch);"
      "CREATE TABLE planned_publishes (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
      " tenant TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, number BIGINT NOT NULL,"
      " publish_at_ms BIGINT NOT NULL, revert_at_ms BIGINT NOT NULL, reverts_to BIGINT NOT NULL,"
      " state TEXT NOT NULL, outcome TEXT NOT NULL, author TEXT NOT NULL, comment TEXT NOT NULL,"
      " due_ms BIGINT);"
      "CREATE INDEX planned_publishes_due ON planned_publishes (due_ms, id) WHERE due_ms IS NOT NULL;"
      "CREATE TABLE audit (sequence BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at_ms BIGINT NOT NULL,"
      " author TEXT NOT NULL, comment TEXT NOT NULL, action TEXT NOT NULL, tenant TEXT NOT NULL,"
      " object TEXT NOT NULL, number BIGINT NOT NULL, from_number BIGINT NOT NULL);"
      "CREATE TABLE nodes (node TEXT COLLATE \"C\" PRIMARY KEY, roles TEXT NOT NULL, epoch BIGINT NOT NULL,"
      " at_ms BIGINT NOT NULL, problems TEXT NOT NULL)"};
  return kSteps;
}

void PostgresControlTables::Lock() {
  Poco::UInt64 epoch = 0;
  session_ << "SELECT epoch FROM control_state FOR UPDATE", into(epoch), now;
}

std::optional<Revision> PostgresControlTables::Read(const ObjectName& object, uint64_t number) {
  Key key(object);
  Poco::UInt64 wanted = number;
  Statement select(session_);
  select << std::string(kHead) + ", source, vals, rules FROM revisions" + kOfObject + " AND number = $4",
      use(key.tenant), use(key.kind), use(key.name), use(wanted);
  return FirstOf(FetchRevisions(select, object, true));
}

uint64_t PostgresControlTables::LastNumber(const ObjectName& object) {
  Key key(object);
  Poco::UInt64 number = 0;
  session_ << std::string("SELECT coalesce(max(number), 0) FROM revisions") + kOfObject, use(key.tenant),
      use(key.kind), use(key.name), into(number), now;
  return number;
}

void PostgresControlTables::Insert(const Revision& revision) {
  Key key(revision.object);
  Poco::UInt64 number = revision.number, base = revision.base, epoch = revision.epoch;
  std::string state(model::StateName(revision.state)),
      source = revision.content.source, values = ports::WriteValues(revision.content.values),
      rules = revision.content.rules, author = revision.author, comment = revision.comment;
  Poco::Int64 created_ms = revision.created_ms, published_ms = revision.published_ms;
  Poco::Int32 failed = revision.failed ? 1 : 0;
  session_ << "INSERT INTO revisions (tenant, kind, name, number, base, state, source, vals, rules, author,"
              " comment, created_ms, published_ms, epoch, failed)"
              " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
      use(key.tenant), use(key.kind), use(key.name), use(number), use(base), use(state), use(source),
      use(values), use(rules), use(author), use(comment), use(created_ms), use(published_ms), use(epoch),
      use(failed), now;
}

void PostgresControlTables::Update(const Revision& revision) {
  Key key(revision.object);
  Poco::UInt64 number = revision.number, epoch = revision.epoch;
  std::string state(model::StateName(revision.state));
  Poco::Int64 published_ms = revision.published_ms;
  Poco::Int32 failed = revision.failed ? 1 : 0;
  session_ << std::string("UPDATE revisions SET state = $4, published_ms = $5, epoch = $6, failed = $7") +
                  kOfObject + " AND number = $8",
      use(key.tenant), use(key.kind), use(key.name), use(state), use(published_ms), use(epoch), use(failed),
      use(number), now;
}

void PostgresControlTables::Delete(const ObjectName& object, uint64_t number) {
  Key key(object);
  Poco::UInt64 unwanted = number;
  session_ << std::string("DELETE FROM revisions") + kOfObject + " AND number = $4", use(key.tenant),
      use(key.kind), use(key.name), use(unwanted), now;
}

std::optional<Revision> PostgresControlTables::LastGood(const ObjectName& object, uint64_t except) {
  Key key(object);
  Poco::UInt64 without = except;
  Statement select(session_);
  select << std::string(kHead) + " FROM revisions" + kOfObject +
                " AND number <> $4 AND epoch > 0 AND failed = 0 ORDER BY epoch DESC LIMIT 1",
      use(key.tenant), use(key.kind), use(key.name), use(without);
  return FirstOf(FetchRevisions(select, object, false));
}

std::vector<Revision> PostgresControlTables::History(const ObjectName& object, uint64_t before,
                                                     size_t limit) {
  Key key(object);
  Poco::UInt64 below = before, count = Bounded(limit);
  Statement select(session_);
  select << std::string(kHead) + " FROM revisions" + kOfObject +
                " AND ($4::bigint = 0 OR number < $5) ORDER BY number DESC LIMIT $6",
      use(key.tenant), use(key.kind), use(key.name), use(below), use(below), use(count);
  return FetchRevisions(select, object, false);
}

ports::InForce PostgresControlTables::ReadInForce(const ObjectName& object) {
  Key key(object);
  Statement select(session_);
  select << std::string("SELECT tenant, kind, name, number, epoch FROM in_force") + kOfObject,
      use(key.tenant), use(key.kind), use(key.name);
  const auto rows = FetchInForce(select);
  return rows.empty() ? ports::InForce{object} : rows.front();
}

void PostgresControlTables::WriteInForce(const ports::InForce& in_force) {
  Key key(in_force.object);
  Poco::UInt64 number = in_force.number, epoch = in_force.epoch;
  session_ << "INSERT INTO in_force (tenant, kind, name, number, epoch) VALUES ($1, $2, $3, $4, $5)"
              " ON CONFLICT (tenant, kind, name) DO UPDATE SET number = excluded.number,"
              " epoch = excluded.epoch",
      use(key.tenant), use(key.kind), use(key.name), use(number), use(epoch), now;
}

std::vector<ports::InForce> PostgresControlTables::Objects(std::string_view tenant, model::ObjectKind kind) {
  std::string of_tenant(tenant), of_kind(model::KindName(kind));
  Statement select(session_);
  select << "SELECT r.tenant, r.kind, r.name, coalesce(f.number, 0), coalesce(f.epoch, 0)"
            " FROM (SELECT DISTINCT tenant, kind, name FROM revisions WHERE tenant = $1 AND kind = $2) r"
            " LEFT JOIN in_force f ON f.tenant = r.tenant AND f.kind = r.kind AND f.name = r.name"
            " ORDER BY r.name",
      use(of_tenant), use(of_kind);
  return FetchInForce(select);
}

std::vector<ports::InForce> PostgresControlTables::Changes(uint64_t after_epoch, size_t limit) {
  Poco::UInt64 after = after_epoch, count = Bounded(limit);
  Statement select(session_);
  select << "SELECT tenant, kind, name, number, epoch FROM in_force WHERE epoch > $1 ORDER BY epoch LIMIT $2",
      use(after), use(count);
  return FetchInForce(select);
}

uint64_t PostgresControlTables::ReadEpoch() {
  Poco::UInt64 epoch = 0;
  session_ << "SELECT epoch FROM control_state", into(epoch), now;
  return epoch;
}

uint64_t PostgresControlTables::NextEpoch() {
  session_ << "UPDATE control_state SET epoch = epoch + 1", now;
  return ReadEpoch();
}

bool PostgresControlTables::ReadSafeMode() {
  Poco::Int32 on = 0;
  session_ << "SELECT safe_mode FROM control_state", into(on), now;
  return on != 0;
}

void PostgresControlTables::WriteSafeMode(bool on) {
  Poco::Int32 value = on ? 1 : 0;
  session_ << "UPDATE control_state SET safe_mode = $1", use(value), now;
}

}  // namespace signalbox::postgres
