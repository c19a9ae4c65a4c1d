// Port: the control store, where every revision, what is in force, what is planned and who did what live.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/revision.hpp"

namespace signalbox::ports {

// What a store takes; more is kInvalidArgument with the field.
inline constexpr size_t kMaxSourceBytes = 64 << 10;
inline constexpr size_t kMaxRulesBytes = 256 << 10;
inline constexpr size_t kMaxValues = 500;
inline constexpr size_t kMaxAuthorBytes = 256;
inline constexpr size_t kMaxCommentBytes = 2000;

// Who does something, and why; goes into the audit row of the same transaction.
struct Author {
  std::string name;     // of a key or user; "operator" where nobody is named
  std::string comment;  // may be empty
};

// What is in force of an object, as of an epoch of the store.
struct InForce {
  model::ObjectName object;
  uint64_t number = 0;  // 0 = nothing: never published, or retired
  uint64_t epoch = 0;   // of the change that put it in force; 0 = never published
};

// A publish to come; `revert_at_ms` puts what was in force before back.
struct PlannedPublish {
  // kPublished with a revert_at_ms still waits for its revert; kSuperseded: something else was put in
  // force meanwhile, so nothing was reverted.
  enum class State { kPlanned, kPublished, kReverted, kSuperseded, kCancelled, kFailed };

  uint64_t id = 0;
  model::ObjectName object;
  uint64_t number = 0;
  int64_t publish_at_ms = 0;
  int64_t revert_at_ms = 0;  // 0 = it stays
  uint64_t reverts_to = 0;   // what was in force before; known once it is published
  State state = State::kPlanned;
  std::string outcome;  // why it failed or was not reverted
  Author author;
};

// "planned", "published", "reverted", "superseded", "cancelled", "failed".
std::string_view StateName(PlannedPublish::State state);
// False for any other text.
bool ParseState(std::string_view text, PlannedPublish::State* state);

struct AuditEntry {
  uint64_t sequence = 0;  // ascending, with gaps
  int64_t at_ms = 0;
  Author author;
  std::string action;        // draft, validate, publish, rollback, retire, seed, plan, cancel, revert,
                             // plan_failed, revert_failing, safe_mode_on, safe_mode_off, prune
  std::string tenant;        // empty for what concerns every one
  std::string object;        // "scenario/home"; empty for what concerns the cluster as a whole
  uint64_t number = 0;       // the revision concerned; 0 = none
  uint64_t from_number = 0;  // what was in force before; 0 = nothing
};

// Which rows Audit gives.
struct AuditQuery {
  std::string tenant;   // this one's, and those that concern every tenant
  std::string object;   // "scenario/home"; empty = any
  uint64_t before = 0;  // a sequence; 0 = from the newest
  size_t limit = 100;
};

// How long what is of no use any more stays. 0 = for ever.
struct Retention {
  int64_t drafts_ms = 0;     // never in force: since they were made
  int64_t retired_ms = 0;    // in force once: since they last came into force
  size_t retired_kept = 50;  // of an object, the last of these stay whatever their age
  int64_t audit_ms = 0;
};

// What a node says of itself now and then.
struct NodeReport {
  std::string node;      // "host:pid"
  std::string roles;     // "ingest,recommend"
  uint64_t epoch = 0;    // every change up to it is in force there
  int64_t at_ms = 0;     // set by the store
  std::string problems;  // what it cannot run and why, one a line; empty = all well
};

// Where revisions live. Every write is one transaction together with its audit row, durable when the
// call returns, and all or nothing. What came into force takes the next epoch; whoever has seen an
// epoch has seen every smaller one.
//
// Writes that change what is in force are compare-and-swap, so that nobody undoes what they have not
// seen. They are safe to repeat: what is in force already stays, and nothing is written.
//
// Threads: every member is safe from any thread, and from several processes where the store is shared.
// Errors of every member: kUnavailable where the store cannot be reached, kDataLoss where it is
//         damaged; of every write with an Author, kInvalidArgument (author.name, comment: too long).
class ControlStore {
 public:
  virtual ~ControlStore() = default;

  // Adds a draft with the object's next number. `base` is what the author started from (0 = nothing).
  // Errors: kInvalidArgument for a bad name or too much content, with the field; kNotFound where `base`
  //         is no revision of the object.
  virtual Result<model::Revision> AddDraft(const model::ObjectName& object, uint64_t base,
                                           const model::RevisionContent& content, const Author& author) = 0;

  // Marks a draft as validated; one that is past that stays as it is.
  // Errors: kNotFound.
  virtual Result<model::Revision> MarkValidated(const model::ObjectName& object, uint64_t number,
                                                const Author& author) = 0;

  // Puts a validated revision that was never in force in force, if what is in force now is its base;
  // that is retired.
  // Errors: kNotFound; kConflict where something else is in force by now (the message names it, the
  //         field is "base") or the revision is a draft or was in force before.
  virtual Result<model::Revision> Publish(const model::ObjectName& object, uint64_t number,
                                          const Author& author) = 0;

  // Puts a revision that was in force before in force again, if `expected` (0 = nothing) is in force now.
  // Errors: kNotFound; kConflict where something else is in force by now (the field is "expected") or
  //         the revision never was in force.
  virtual Result<model::Revision> Rollback(const model::ObjectName& object, uint64_t number,
                                           uint64_t expected, const Author& author) = 0;

  // Nothing is in force afterwards; revisions stay. Errors: kNotFound where there is no such object;
  // kConflict as of Rollback.
  virtual Result<void> Retire(const model::ObjectName& object, uint64_t expected, const Author& author) = 0;

  // Takes a failing revision out of force and puts the last good one back: that which was in force most
  // recently and has not failed; retires the object where there is none. Does nothing where `failing`
  // is not in force: another node was faster, or a person. Returns what is in force afterwards.
  // Errors: kNotFound.
  virtual Result<InForce> RevertFailing(const model::ObjectName& object, uint64_t failing,
                                        const Author& author) = 0;

  // Adds revision 1 and puts it in force, where the object has no revision at all; else does nothing.
  // Returns whether it did. Errors: as AddDraft.
  virtual Result<bool> Seed(const model::ObjectName& object, const model::RevisionContent& content,
                            const Author& author) = 0;

  // nullopt = no such revision.
  virtual Result<std::optional<model::Revision>> Get(const model::ObjectName& object,
                                                     uint64_t number) const = 0;
  // nullopt = nothing is in force.
  virtual Result<std::optional<model::Revision>> Current(const model::ObjectName& object) const = 0;
  // Newest first, those with a number below `before` (0 = all), at most `limit`, without their content.
  virtual Result<std::vector<model::Revision>> History(const model::ObjectName& object, uint64_t before,
                                                       size_t limit) const = 0;
  // Every object of a kind that has any revision, in the order of names, with what is in force.
  virtual Result<std::vector<InForce>> Objects(std::string_view tenant, model::ObjectKind kind) const = 0;

  // What came into force, or out of it, after an epoch, in epoch order; the newest change of an object
  // only. For nodes that follow: read Epoch first, then Changes and SafeMode, then remember that Epoch.
  virtual Result<std::vector<InForce>> Changes(uint64_t after_epoch, size_t limit) const = 0;
  // The newest; 0 = never written.
  virtual Result<uint64_t> Epoch() const = 0;

  // Plans to publish `plan.number` of `plan.object`; only those, the times and the author are read.
  // Errors: kInvalidArgument for times in the past or in the wrong order ("publish_at", "revert_at");
  //         kNotFound; kConflict where the revision is a draft or was in force before.
  virtual Result<PlannedPublish> Plan(const PlannedPublish& plan) = 0;
  // A planned publish does not happen; a published one is not reverted.
  // Errors: kNotFound; kConflict where nothing is left to do. tenant: the plan's.
  virtual Result<void> CancelPlan(std::string_view tenant, uint64_t id, const Author& author) = 0;
  // Newest first, at most `limit`.
  virtual Result<std::vector<PlannedPublish>> Plans(std::string_view tenant, size_t limit) const = 0;
  // Does what is due by now_ms in the order of its times, each in a transaction of its own. A publish
  // whose base is no longer in force, or whose revert is due as well, fails with its outcome written
  // down; a revert of what is no longer in force is superseded. Safe when several nodes call it: each
  // is done once. Returns how many were done.
  virtual Result<size_t> RunDue(int64_t now_ms) = 0;

  // The one switch that serves native default weights and no scripts, for all nodes and tenants; takes
  // an epoch. Setting it as it is does nothing.
  virtual Result<void> SetSafeMode(bool on, const Author& author) = 0;
  virtual Result<bool> SafeMode() const = 0;

  // Newest first.
  virtual Result<std::vector<AuditEntry>> Audit(const AuditQuery& query) const = 0;

  // Deletes what is past its time: of each object of the tenant, drafts and retired revisions, with one
  // audit row "prune" an object; never what is in force, what a plan still needs, and the newest
  // revision, so that no number is given twice. With audit_ms, audit rows of every tenant too. Safe when
  // several nodes call it. Returns how many revisions went.
  virtual Result<size_t> Prune(std::string_view tenant, const Retention& retention, int64_t now_ms) = 0;

  // Heartbeats: one row a node. Nodes: those heard of since a time, in the order of names.
  virtual Result<void> Report(const NodeReport& report) = 0;
  virtual Result<std::vector<NodeReport>> Nodes(int64_t since_ms) const = 0;
};

}  // namespace signalbox::ports
