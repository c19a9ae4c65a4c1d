// The SQL of revisions and of what is in force.
#include "adapters/sqlite/control_tables.hpp"

#include <Poco/Data/Statement.h>

#include <algorithm>
#include <limits>

namespace signalbox::sqlite {

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

constexpr char kOfObject[] = " WHERE tenant = ? AND kind = ? AND name = ?";
constexpr char kHead[] =
    "SELECT number, base, state, author, comment, created_ms, published_ms, epoch, failed";

// Runs a statement that selects kHead, and source, vals and rules where `content` is given.
std::vector<Revision> FetchRevisions(Statement& select, const ObjectName& object, bool content) {
  std::vector<Poco::UInt64> numbers, bases, epochs;
  std::vector<std::string> states, authors, comments, sources, values, rules;
  std::vector<Poco::Int64> created_ms, published_ms;
  std::vector<int> failed;
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

const std::vector<std::vector<std::string>>& ControlMigrations() {
  static const std::vector<std::vector<std::string>> kSteps = {{
      "CREATE TABLE control_state (id INTEGER PRIMARY KEY CHECK (id = 1), epoch BIGINT NOT NULL,"
      " safe_mode INTEGER NOT NULL)",
      "INSERT INTO control_state VALUES (1, 0, 0)",
      // kind, state: their names; vals: JSON; epoch: when it last came into force, 0 = never
      "CREATE TABLE revisions (tenant TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL,"
      " number BIGINT NOT NULL, base BIGINT NOT NULL, state TEXT NOT NULL, source TEXT NOT NULL,"
      " vals TEXT NOT NULL, rules TEXT NOT NULL, author TEXT NOT NULL, comment TEXT NOT NULL,"
      " created_ms BIGINT NOT NULL, published_ms BIGINT NOT NULL, epoch BIGINT NOT NULL,"
      " failed INTEGER NOT NULL, PRIMARY KEY (tenant, kind, name, number))",
      "CREATE TABLE in_force (tenant TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL,"
      " number BIGINT NOT NULL, epoch BIGINT NOT NULL, PRIMARY KEY (tenant, kind, name))",
      "CREATE UNIQUE INDEX in_force_by_epoch ON in_force (epoch)",
      // due_ms: when its next step is due; NULL = nothing left to do
      "CREATE TABLE planned_publishes (id INTEGER PRIMARY KEY AUTOINCREMENT, tenant TEXT NOT NULL,"
      " kind TEXT NOT NULL, name TEXT NOT NULL, number BIGINT NOT NULL, publish_at_ms BIGINT NOT NULL,"
      " revert_at_ms BIGINT NOT NULL, reverts_to BIGINT NOT NULL, state TEXT NOT NULL,"
      " outcome TEXT NOT NULL, author TEXT NOT NULL, comment TEXT NOT NULL, due_ms BIGINT)",
      "CREATE INDEX planned_publishes_due ON planned_publishes (due_ms, id) WHERE due_ms IS NOT NULL",
      "CREATE TABLE audit (sequence INTEGER PRIMARY KEY AUTOINCREMENT, at_ms BIGINT NOT NULL,"
      " author TEXT NOT NULL, comment TEXT NOT NULL, action TEXT NOT NULL, tenant TEXT NOT NULL,"
      " object TEXT NOT NULL, number BIGINT NOT NULL, from_number BIGINT NOT NULL)",
      "CREATE TABLE nodes (node TEXT NOT NULL PRIMARY KEY, roles TEXT NOT NULL, epoch BIGINT NOT NULL,"
      " at_ms BIGINT NOT NULL, problems TEXT NOT NULL)",
  }};
  return kSteps;
}

std::optional<Revision> SqliteControlTables::Read(const ObjectName& object, uint64_t number) {
  Key key(object);
  Poco::UInt64 wanted = number;
  Statement select(session_);
  select << std::string(kHead) + ", source, vals, rules FROM revisions" + kOfObject + " AND number = ?",
      use(key.tenant), use(key.kind), use(key.name), use(wanted);
  return FirstOf(FetchRevisions(select, object, true));
}

uint64_t SqliteControlTables::LastNumber(const ObjectName& object) {
  Key key(object);
  Poco::UInt64 number = 0;
  session_ << std::string("SELECT coalesce(max(number), 0) FROM revisions") + kOfObject, use(key.tenant),
      use(key.kind), use(key.name), into(number), now;
  return number;
}

void SqliteControlTables::Insert(const Revision& revision) {
  Key key(revision.object);
  Poco::UInt64 number = revision.number, base = revision.base, epoch = revision.epoch;
  std::string state(model::StateName(revision.state)),
      source = revision.content.source, values = ports::WriteValues(revision.content.values),
      rules = revision.content.rules, author = revision.author, comment = revision.comment;
  Poco::Int64 created_ms = revision.created_ms, published_ms = revision.published_ms;
  int failed = revision.failed ? 1 : 0;
  session_ << "INSERT INTO revisions (tenant, kind, name, number, base, state, source, vals, rules, author,"
              " comment, created_ms, published_ms, epoch, failed)"
              " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      use(key.tenant), use(key.kind), use(key.name), use(number), use(base), use(state), use(source),
      use(values), use(rules), use(author), use(comment), use(created_ms), use(published_ms), use(epoch),
      use(failed), now;
}

void SqliteControlTables::Update(const Revision& revision) {
  Key key(revision.object);
  Poco::UInt64 number = revision.number, epoch = revision.epoch;
  std::string state(model::StateName(revision.state));
  Poco::Int64 published_ms = revision.published_ms;
  int failed = revision.failed ? 1 : 0;
  session_ << std::string("UPDATE revisions SET state = ?, published_ms = ?, epoch = ?, failed = ?") +
                  kOfObject + " AND number = ?",
      use(state), use(published_ms), use(epoch), use(failed), use(key.tenant), use(key.kind), use(key.name),
      use(number), now;
}

void SqliteControlTables::Delete(const ObjectName& object, uint64_t number) {
  Key key(object);
  Poco::UInt64 unwanted = number;
  session_ << std::string("DELETE FROM revisions") + kOfObject + " AND number = ?", use(key.tenant),
      use(key.kind), use(key.name), use(unwanted), now;
}

std::optional<Revision> SqliteControlTables::LastGood(const ObjectName& object, uint64_t except) {
  Key key(object);
  Poco::UInt64 without = except;
  Statement select(session_);
  select << std::string(kHead) + " FROM revisions" + kOfObject +
                " AND number <> ? AND epoch > 0 AND failed = 0 ORDER BY epoch DESC LIMIT 1",
      use(key.tenant), use(key.kind), use(key.name), use(without);
  return FirstOf(FetchRevisions(select, object, false));
}

std::vector<Revision> SqliteControlTables::History(const ObjectName& object, uint64_t before, size_t limit) {
  Key key(object);
  Poco::UInt64 below = before, count = Bounded(limit);
  Statement select(session_);
  select << std::string(kHead) + " FROM revisions" + kOfObject +
                " AND (? = 0 OR number < ?) ORDER BY number DESC LIMIT ?",
      use(key.tenant), use(key.kind), use(key.name), use(below), use(below), use(count);
  return FetchRevisions(select, object, false);
}

ports::InForce SqliteControlTables::ReadInForce(const ObjectName& object) {
  Key key(object);
  Statement select(session_);
  select << std::string("SELECT tenant, kind, name, number, epoch FROM in_force") + kOfObject,
      use(key.tenant), use(key.kind), use(key.name);
  const auto rows = FetchInForce(select);
  return rows.empty() ? ports::InForce{object} : rows.front();
}

void SqliteControlTables::WriteInForce(const ports::InForce& in_force) {
  Key key(in_force.object);
  Poco::UInt64 number = in_force.number, epoch = in_force.epoch;
  session_ << "INSERT INTO in_force (tenant, kind, name, number, epoch) VALUES (?, ?, ?, ?, ?)"
              " ON CONFLICT (tenant, kind, name) DO UPDATE SET number = excluded.number,"
              " epoch = excluded.epoch",
      use(key.tenant), use(key.kind), use(key.name), use(number), use(epoch), now;
}

std::vector<ports::InForce> SqliteControlTables::Objects(std::string_view tenant, model::ObjectKind kind) {
  std::string of_tenant(tenant), of_kind(model::KindName(kind));
  Statement select(session_);
  select << "SELECT r.tenant, r.kind, r.name, coalesce(f.number, 0), coalesce(f.epoch, 0)"
            " FROM (SELECT DISTINCT tenant, kind, name FROM revisions WHERE tenant = ? AND kind = ?) r"
            " LEFT JOIN in_force f ON f.tenant = r.tenant AND f.kind = r.kind AND f.name = r.name"
            " ORDER BY r.name",
      use(of_tenant), use(of_kind);
  return FetchInForce(select);
}

std::vector<ports::InForce> SqliteControlTables::Changes(uint64_t after_epoch, size_t limit) {
  Poco::UInt64 after = after_epoch, count = Bounded(limit);
  Statement select(session_);
  select << "SELECT tenant, kind, name, number, epoch FROM in_force WHERE epoch > ? ORDER BY epoch LIMIT ?",
      use(after), use(count);
  return FetchInForce(select);
}

uint64_t SqliteControlTables::ReadEpoch() {
  Poco::UInt64 epoch = 0;
  session_ << "SELECT epoch FROM control_state", into(epoch), now;
  return epoch;
}

uint64_t SqliteControlTables::NextEpoch() {
  session_ << "UPDATE control_state SET epoch = epoch + 1", now;
  return ReadEpoch();
}

bool SqliteControlTables::ReadSafeMode() {
  int on = 0;
  session_ << "SELECT safe_mode FROM control_state", into(on), now;
  return on != 0;
}

void SqliteControlTables::WriteSafeMode(bool on) {
  int value = on ? 1 : 0;
  session_ << "UPDATE control_state SET safe_mode = ?", use(value), now;
}

}  // namespace signalbox::sqlite
