// The SQL of planned publishes, the audit and heartbeats.
#include <Poco/Data/Statement.h>

#include <algorithm>
#include <limits>

#include "adapters/sqlite/control_tables.hpp"

namespace signalbox::sqlite {

using namespace Poco::Data::Keywords;
using Poco::Data::Statement;
using ports::PlannedPublish;

namespace {

Poco::UInt64 Bounded(size_t limit) {
  return std::min<uint64_t>(limit, std::numeric_limits<int64_t>::max() - 1);
}

constexpr char kPlans[] =
    "SELECT id, tenant, kind, name, number, publish_at_ms, revert_at_ms, reverts_to, state, outcome, author,"
    " comment FROM planned_publishes ";

// Runs a statement that selects kPlans.
std::vector<PlannedPublish> FetchPlans(Statement& select) {
  std::vector<Poco::UInt64> ids, numbers, reverts_to;
  std::vector<std::string> tenants, kinds, names, states, outcomes, authors, comments;
  std::vector<Poco::Int64> publish_at_ms, revert_at_ms;
  select, into(ids), into(tenants), into(kinds), into(names), into(numbers), into(publish_at_ms),
      into(revert_at_ms), into(reverts_to), into(states), into(outcomes), into(authors), into(comments);
  select.execute();
  std::vector<PlannedPublish> plans(ids.size());
  for (size_t i = 0; i < plans.size(); ++i) {
    PlannedPublish& plan = plans[i];
    plan.id = ids[i];
    plan.object.tenant = tenants[i];
    model::ParseKind(kinds[i], &plan.object.kind);
    plan.object.name = names[i];
    plan.number = numbers[i];
    plan.publish_at_ms = publish_at_ms[i];
    plan.revert_at_ms = revert_at_ms[i];
    plan.reverts_to = reverts_to[i];
    ports::ParseState(states[i], &plan.state);
    plan.outcome = outcomes[i];
    plan.author = {authors[i], comments[i]};
  }
  return plans;
}

std::optional<PlannedPublish> FirstOf(std::vector<PlannedPublish> plans) {
  return plans.empty() ? std::nullopt : std::optional(std::move(plans.front()));
}

// When the plan's next step is due; null = nothing left to do.
Poco::Nullable<Poco::Int64> DueOf(const PlannedPublish& plan) {
  if (plan.state == PlannedPublish::State::kPlanned) return Poco::Int64{plan.publish_at_ms};
  if (plan.state == PlannedPublish::State::kPublished && plan.revert_at_ms != 0)
    return Poco::Int64{plan.revert_at_ms};
  return {};
}

}  // namespace

uint64_t SqliteControlTables::InsertPlan(const PlannedPublish& plan) {
  std::string tenant = plan.object.tenant, kind(model::KindName(plan.object.kind)), name = plan.object.name,
              state(ports::StateName(plan.state)), outcome = plan.outcome, author = plan.author.name,
              comment = plan.author.comment;
  Poco::UInt64 number = plan.number, reverts_to = plan.reverts_to, id = 0;
  Poco::Int64 publish_at_ms = plan.publish_at_ms, revert_at_ms = plan.revert_at_ms;
  auto due_ms = DueOf(plan);
  session_ << "INSERT INTO planned_publishes (tenant, kind, name, number, publish_at_ms, revert_at_ms,"
              " reverts_to, state, outcome, author, comment, due_ms)"
              " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      use(tenant), use(kind), use(name), use(number), use(publish_at_ms), use(revert_at_ms), use(reverts_to),
      use(state), use(outcome), use(author), use(comment), use(due_ms), now;
  session_ << "SELECT last_insert_rowid()", into(id), now;
  return id;
}

void SqliteControlTables::UpdatePlan(const PlannedPublish& plan) {
  std::string state(ports::StateName(plan.state)), outcome = plan.outcome;
  Poco::UInt64 reverts_to = plan.reverts_to, id = plan.id;
  auto due_ms = DueOf(plan);
  session_ << "UPDATE planned_publishes SET state = ?, outcome = ?, reverts_to = ?, due_ms = ? WHERE id = ?",
      use(state), use(outcome), use(reverts_to), use(due_ms), use(id), now;
}

std::optional<PlannedPublish> SqliteControlTables::ReadPlan(uint64_t id) {
  Poco::UInt64 wanted = id;
  Statement select(session_);
  select << std::string(kPlans) + "WHERE id = ?", use(wanted);
  return FirstOf(FetchPlans(select));
}

std::vector<PlannedPublish> SqliteControlTables::Plans(std::string_view tenant, size_t limit) {
  std::string of_tenant(tenant);
  Poco::UInt64 count = Bounded(limit);
  Statement select(session_);
  select << std::string(kPlans) + "WHERE tenant = ? ORDER BY id DESC LIMIT ?", use(of_tenant), use(count);
  return FetchPlans(select);
}

std::optional<PlannedPublish> SqliteControlTables::NextDue(int64_t now_ms) {
  Poco::Int64 due_ms = now_ms;
  Statement select(session_);
  select << std::string(kPlans) + "WHERE due_ms <= ? ORDER BY due_ms, id LIMIT 1", use(due_ms);
  return FirstOf(FetchPlans(select));
}

void SqliteControlTables::InsertAudit(const ports::AuditEntry& entry) {
  std::string author = entry.author.name, comment = entry.author.comment, action = entry.action,
              tenant = entry.tenant, object = entry.object;
  Poco::Int64 at_ms = entry.at_ms;
  Poco::UInt64 number = entry.number, from_number = entry.from_number;
  session_ << "INSERT INTO audit (at_ms, author, comment, action, tenant, object, number, from_number)"
              " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      use(at_ms), use(author), use(comment), use(action), use(tenant), use(object), use(number),
      use(from_number), now;
}

std::vector<ports::AuditEntry> SqliteControlTables::Audit(const ports::AuditQuery& query) {
  std::string tenant = query.tenant, object = query.object;
  Poco::UInt64 before = query.before, count = Bounded(query.limit);
  std::vector<Poco::UInt64> sequences, numbers, from_numbers;
  std::vector<Poco::Int64> at_ms;
  std::vector<std::string> authors, comments, actions, tenants, objects;
  session_
      << "SELECT sequence, at_ms, author, comment, action, tenant, object, number, from_number FROM audit"
         " WHERE (tenant = ? OR tenant = '') AND (? = '' OR object = ?) AND (? = 0 OR sequence < ?)"
         " ORDER BY sequence DESC LIMIT ?",
      use(tenant), use(object), use(object), use(before), use(before), use(count), into(sequences),
      into(at_ms), into(authors), into(comments), into(actions), into(tenants), into(objects), into(numbers),
      into(from_numbers), now;
  std::vector<ports::AuditEntry> entries(sequences.size());
  for (size_t i = 0; i < entries.size(); ++i) {
    entries[i] = {sequences[i], at_ms[i],       {authors[i], comments[i]}, actions[i], tenants[i], objects[i],
                  numbers[i],   from_numbers[i]};
  }
  return entries;
}

void SqliteControlTables::DeleteAudit(int64_t before_ms) {
  Poco::Int64 before = before_ms;
  session_ << "DELETE FROM audit WHERE at_ms < ?", use(before), now;
}

void SqliteControlTables::WriteNode(const ports::NodeReport& report) {
  std::string node = report.node, roles = report.roles, problems = report.problems;
  Poco::UInt64 epoch = report.epoch;
  Poco::Int64 at_ms = report.at_ms;
  session_ << "INSERT INTO nodes (node, roles, epoch, at_ms, problems) VALUES (?, ?, ?, ?, ?)"
              " ON CONFLICT (node) DO UPDATE SET roles = excluded.roles, epoch = excluded.epoch,"
              " at_ms = excluded.at_ms, problems = excluded.problems",
      use(node), use(roles), use(epoch), use(at_ms), use(problems), now;
}

std::vector<ports::NodeReport> SqliteControlTables::Nodes(int64_t since_ms) {
  Poco::Int64 since = since_ms;
  std::vector<std::string> nodes, roles, problems;
  std::vector<Poco::UInt64> epochs;
  std::vector<Poco::Int64> at_ms;
  session_ << "SELECT node, roles, epoch, at_ms, problems FROM nodes WHERE at_ms >= ? ORDER BY node",
      use(since), into(nodes), into(roles), into(epochs), into(at_ms), into(problems), now;
  std::vector<ports::NodeReport> reports(nodes.size());
  for (size_t i = 0; i < reports.size(); ++i)
    reports[i] = {nodes[i], roles[i], epochs[i], at_ms[i], problems[i]};
  return reports;
}

}  // namespace signalbox::sqlite
