// Revisions: drafts, what is in force, and how it changes.
#include "ports/ruled_control_store.hpp"

#include <algorithm>

#include "ports/control_checks.hpp"

namespace signalbox::ports {
namespace {

using model::ObjectName;
using model::Revision;
using model::RevisionState;

// Puts `number` (0 = nothing) in force in place of what is, and writes the audit row.
InForce Replace(ControlTables& tables, const InForce& former, uint64_t number, const Author& author,
                std::string_view action, int64_t now_ms) {
  InForce next{former.object, number, tables.NextEpoch()};
  if (former.number != 0) {
    auto retired = tables.Read(former.object, former.number);
    if (retired) {
      retired->state = RevisionState::kRetired;
      tables.Update(*retired);
    }
  }
  if (number != 0) {
    auto published = tables.Read(former.object, number);
    published->state = RevisionState::kPublished;
    published->published_ms = now_ms;
    published->epoch = next.epoch;
    tables.Update(*published);
  }
  tables.WriteInForce(next);
  tables.InsertAudit(AuditOf(former.object, author, action, number, former.number, now_ms));
  return next;
}

Result<Revision> ReadExisting(ControlTables& tables, const ObjectName& object, uint64_t number) {
  auto revision = tables.Read(object, number);
  if (!revision) return Fail(NoSuchRevision(object, number));
  return std::move(*revision);
}

Result<Revision> AddRevision(ControlTables& tables, const ObjectName& object, uint64_t base,
                             const model::RevisionContent& content, const Author& author, RevisionState state,
                             std::string_view action, int64_t now_ms) {
  Revision draft;
  draft.object = object;
  draft.number = tables.LastNumber(object) + 1;
  draft.base = base;
  draft.state = state;
  draft.content = content;
  draft.author = author.name;
  draft.comment = author.comment;
  draft.created_ms = now_ms;
  tables.Insert(draft);
  if (!action.empty()) tables.InsertAudit(AuditOf(object, author, action, draft.number, 0, now_ms));
  return draft;
}

// Publishing, also by a plan: what is in force now must be the revision's base.
Result<void> PublishDraft(ControlTables& tables, const Revision& revision, const Author& author,
                          int64_t now_ms) {
  if (auto fit = CheckPublishable(revision); !fit) return fit;
  const InForce now = tables.ReadInForce(revision.object);
  if (now.number != revision.base) return Fail(BaseMoved(revision, now.number));
  Replace(tables, now, revision.number, author, "publish", now_ms);
  return {};
}

}  // namespace

Result<Revision> RuledControlStore::AddDraft(const ObjectName& object, uint64_t base,
                                             const model::RevisionContent& content, const Author& author) {
  if (auto valid = CheckObject(object); !valid) return Fail(valid.error());
  if (auto valid = CheckContent(content); !valid) return Fail(valid.error());
  if (auto valid = CheckAuthor(author); !valid) return Fail(valid.error());
  Revision draft;
  const auto done = Write([&](ControlTables& tables) -> Result<void> {
    if (base != 0 && !tables.Read(object, base)) return Fail(NoSuchRevision(object, base, "base"));
    auto added =
        AddRevision(tables, object, base, content, author, RevisionState::kDraft, "draft", clock().now_ms());
    if (!added) return Fail(added.error());
    draft = std::move(*added);
    return {};
  });
  if (!done) return Fail(done.error());
  return draft;
}

Result<Revision> RuledControlStore::MarkValidated(const ObjectName& object, uint64_t number,
                                                  const Author& author) {
  if (auto valid = CheckAuthor(author); !valid) return Fail(valid.error());
  Revision validated;
  const auto done = Write([&](ControlTables& tables) -> Result<void> {
    auto revision = ReadExisting(tables, object, number);
    if (!revision) return Fail(revision.error());
    if (revision->state == RevisionState::kDraft) {
      revision->state = RevisionState::kValidated;
      tables.Update(*revision);
      tables.InsertAudit(AuditOf(object, author, "validate", number, 0, clock().now_ms()));
    }
    validated = std::move(*revision);
    return {};
  });
  if (!done) return Fail(done.error());
  return validated;
}

Result<Revision> RuledControlStore::Publish(const ObjectName& object, uint64_t number, const Author& author) {
  if (auto valid = CheckAuthor(author); !valid) return Fail(valid.error());
  Revision published;
  const auto done = Write([&](ControlTables& tables) -> Result<void> {
    auto revision = ReadExisting(tables, object, number);
    if (!revision) return Fail(revision.error());
    if (tables.ReadInForce(object).number != number) {
      if (auto put = PublishDraft(tables, *revision, author, clock().now_ms()); !put) return put;
    }
    published = *tables.Read(object, number);
    return {};
  });
  if (!done) return Fail(done.error());
  return published;
}

Result<Revision> RuledControlStore::Rollback(const ObjectName& object, uint64_t number, uint64_t expected,
                                             const Author& author) {
  if (auto valid = CheckAuthor(author); !valid) return Fail(valid.error());
  Revision published;
  const auto done = Write([&](ControlTables& tables) -> Result<void> {
    auto revision = ReadExisting(tables, object, number);
    if (!revision) return Fail(revision.error());
    const InForce now = tables.ReadInForce(object);
    if (now.number != number) {
      if (revision->epoch == 0) return Fail(NeverInForce(*revision));
      if (now.number != expected) return Fail(NotExpected(object, expected, now.number));
      Replace(tables, now, number, author, "rollback", clock().now_ms());
    }
    published = *tables.Read(object, number);
    return {};
  });
  if (!done) return Fail(done.error());
  return published;
}

Result<void> RuledControlStore::Retire(const ObjectName& object, uint64_t expected, const Author& author) {
  if (auto valid = CheckAuthor(author); !valid) return valid;
  return Write([&](ControlTables& tables) -> Result<void> {
    if (tables.LastNumber(object) == 0) return Fail(NoSuchObject(object));
    const InForce now = tables.ReadInForce(object);
    if (now.number == 0) return {};
    if (now.number != expected) return Fail(NotExpected(object, expected, now.number));
    Replace(tables, now, 0, author, "retire", clock().now_ms());
    return {};
  });
}

Result<InForce> RuledControlStore::RevertFailing(const ObjectName& object, uint64_t failing,
                                                 const Author& author) {
  if (auto valid = CheckAuthor(author); !valid) return Fail(valid.error());
  InForce after;
  const auto done = Write([&](ControlTables& tables) -> Result<void> {
    auto revision = ReadExisting(tables, object, failing);
    if (!revision) return Fail(revision.error());
    after = tables.ReadInForce(object);
    if (after.number != failing) return {};
    revision->failed = true;
    tables.Update(*revision);
    const auto good = tables.LastGood(object, failing);
    after = Replace(tables, after, good ? good->number : 0, author, "revert_failing", clock().now_ms());
    return {};
  });
  if (!done) return Fail(done.error());
  return after;
}

Result<bool> RuledControlStore::Seed(const ObjectName& object, const model::RevisionContent& content,
                                     const Author& author) {
  if (auto valid = CheckObject(object); !valid) return Fail(valid.error());
  if (auto valid = CheckContent(content); !valid) return Fail(valid.error());
  if (auto valid = CheckAuthor(author); !valid) return Fail(valid.error());
  bool seeded = false;
  const auto done = Write([&](ControlTables& tables) -> Result<void> {
    seeded = tables.LastNumber(object) == 0;
    if (!seeded) return {};
    const int64_t now_ms = clock().now_ms();
    auto added = AddRevision(tables, object, 0, content, author, RevisionState::kValidated, "", now_ms);
    if (!added) return Fail(added.error());
    Replace(tables, tables.ReadInForce(object), added->number, author, "seed", now_ms);
    return {};
  });
  if (!done) return Fail(done.error());
  return seeded;
}

Result<PlannedPublish> RuledControlStore::Plan(const PlannedPublish& asked) {
  if (auto valid = CheckAuthor(asked.author); !valid) return Fail(valid.error());
  if (auto valid = CheckTimes(asked, clock().now_ms()); !valid) return Fail(valid.error());
  PlannedPublish plan;
  const auto done = Write([&](ControlTables& tables) -> Result<void> {
    plan = PlannedPublish{0, asked.object, asked.number, asked.publish_at_ms, asked.revert_at_ms};
    plan.author = asked.author;
    auto revision = ReadExisting(tables, plan.object, plan.number);
    if (!revision) return Fail(revision.error());
    if (auto fit = CheckPublishable(*revision); !fit) return fit;
    plan.id = tables.InsertPlan(plan);
    tables.InsertAudit(AuditOf(plan.object, plan.author, "plan", plan.number,
                               tables.ReadInForce(plan.object).number, clock().now_ms()));
    return {};
  });
  if (!done) return Fail(done.error());
  return plan;
}

Result<void> RuledControlStore::CancelPlan(std::string_view tenant, uint64_t id, const Author& author) {
  if (auto valid = CheckAuthor(author); !valid) return valid;
  return Write([&](ControlTables& tables) -> Result<void> {
    auto plan = tables.ReadPlan(id);
    if (!plan || plan->object.tenant != tenant) return Fail(NoSuchPlan(id));
    const bool waits = plan->state == PlannedPublish::State::kPlanned ||
                       (plan->state == PlannedPublish::State::kPublished && plan->revert_at_ms != 0);
    if (!waits) return Fail(NothingLeft(*plan));
    if (plan->state == PlannedPublish::State::kPublished)
      plan->outcome = "published, and will not be reverted";
    plan->state = PlannedPublish::State::kCancelled;
    tables.UpdatePlan(*plan);
    tables.InsertAudit(AuditOf(plan->object, author, "cancel", plan->number, 0, clock().now_ms()));
    return {};
  });
}

Result<bool> RuledControlStore::RunNextDue(int64_t now_ms) {
  bool done_one = false;
  const auto done = Write([&](ControlTables& tables) -> Result<void> {
    auto plan = tables.NextDue(now_ms);
    done_one = plan.has_value();
    if (!plan) return {};
    using State = PlannedPublish::State;
    const InForce now = tables.ReadInForce(plan->object);
    const auto fail = [&](std::string outcome) {
      plan->state = State::kFailed;
      plan->outcome = std::move(outcome);
      tables.InsertAudit(
          AuditOf(plan->object, plan->author, "plan_failed", plan->number, now.number, now_ms));
    };
    if (plan->state == State::kPublished) {
      if (now.number == plan->number) {
        Replace(tables, now, plan->reverts_to, plan->author, "revert", now_ms);
        plan->state = State::kReverted;
      } else {
        plan->state = State::kSuperseded;
        plan->outcome = "not reverted: " + Named(plan->object, now.number) + " is in force";
      }
    } else if (plan->revert_at_ms != 0 && plan->revert_at_ms <= now_ms) {
      fail("missed: its end had passed before any node could publish it");
    } else {
      const auto revision = tables.Read(plan->object, plan->number);
      const auto published = PublishDraft(tables, *revision, plan->author, now_ms);
      if (published) {
        plan->reverts_to = now.number;
        plan->state = State::kPublished;
      } else {
        fail(published.error().message());
      }
    }
    tables.UpdatePlan(*plan);
    return {};
  });
  if (!done) return Fail(done.error());
  return done_one;
}

Result<size_t> RuledControlStore::RunDue(int64_t now_ms) {
  // Most calls find nothing, and looking locks nobody out.
  bool any = false;
  const auto looked = Read([&](ControlTables& tables) -> Result<void> {
    any = tables.NextDue(now_ms).has_value();
    return {};
  });
  if (!looked) return Fail(looked.error());
  size_t count = 0;
  while (any) {
    const auto done = RunNextDue(now_ms);
    if (!done) return Fail(done.error());
    if (!*done) break;
    ++count;
  }
  return count;
}

Result<void> RuledControlStore::SetSafeMode(bool on, const Author& author) {
  if (auto valid = CheckAuthor(author); !valid) return valid;
  return Write([&](ControlTables& tables) -> Result<void> {
    if (tables.ReadSafeMode() == on) return {};
    tables.NextEpoch();
    tables.WriteSafeMode(on);
    AuditEntry entry;
    entry.at_ms = clock().now_ms();
    entry.author = author;
    entry.action = on ? "safe_mode_on" : "safe_mode_off";
    tables.InsertAudit(entry);
    return {};
  });
}

Result<void> RuledControlStore::Report(const NodeReport& report) {
  return Write([&](ControlTables& tables) -> Result<void> {
    NodeReport stamped = report;
    stamped.at_ms = clock().now_ms();
    tables.WriteNode(stamped);
    return {};
  });
}

}  // namespace signalbox::ports
