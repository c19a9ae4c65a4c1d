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

// Who does something, and why; goes into the audit row of the same transaction.
struct Author {
  std::string name;     // of a key or user; "operator" where nobody is named
  std::string comment;  // may be empty
};

// What is in force of an object, as of an epoch of the store.
struct InForce {
  model::ObjectName object;
  uint64_t number = 0;  // 0 = nothing: the object was retired
  uint64_t epoch = 0;   // of the change that put it in force
};

// A publish to come; `revert_at_ms` puts what was in force before back (0 = stays).
struct PlannedPublish {
  uint64_t id = 0;
  model::ObjectName object;
  uint64_t number = 0;
  int64_t publish_at_ms = 0;
  int64_t revert_at_ms = 0;
  uint64_t reverts_to = 0;  // known once it is published
  enum class State { kPlanned, kPublished, kReverted, kCancelled, kFailed } state = State::kPlanned;
  std::string outcome;  // why it failed or was skipped
  Author author;
};

struct AuditEntry {
  uint64_t sequence = 0;  // ascending
  int64_t at_ms = 0;
  Author author;
  std::string
      action;  // draft, validate, publish, rollback, retire, plan, cancel, revert, revert_failing, safe_mode
  std::string tenant;
  std::string object;        // "scenario/home"; empty for what concerns the node as a whole
  uint64_t number = 0;       // the revision concerned; 0 = none
  uint64_t from_number = 0;  // what was in force before; 0 = nothing
};

// Threads: every member is safe from any thread. Every write is one transaction together with its
// audit row, and durable when it returns.
// Errors of every member: kUnavailable where the store cannot be reached.
class ControlStore {
 public:
  virtual ~ControlStore() = default;

  // Adds a draft with the object's next number. `base` is what the author started from (0 = nothing).
  // Errors: kInvalidArgument for a bad name, kNotFound where `base` is no revision of the object.
  virtual Result<model::Revision> AddDraft(const model::ObjectName& object, uint64_t base,
                                           const model::RevisionContent& content, const Author& author) = 0;

  // Marks a draft as validated. Idempotent. Errors: kNotFound; kConflict for one that is past that.
  virtual Result<model::Revision> MarkValidated(const model::ObjectName& object, uint64_t number,
                                                const Author& author) = 0;

  // Puts a validated revision in force if what is in force now is its base (compare-and-swap); what
  // was in force is retired. `rollback`: an older one that was in force before, on condition that
  // `expected` is in force now.
  // Errors: kNotFound; kConflict where something else is in force by now (the message names it) or
  //         the revision was not validated.
  virtual Result<model::Revision> Publish(const model::ObjectName& object, uint64_t number,
                                          const Author& author) = 0;
  virtual Result<model::Revision> Rollback(const model::ObjectName& object, uint64_t number,
                                           uint64_t expected, const Author& author,
                                           std::string_view action = "rollback") = 0;
  // Nothing is in force afterwards. Errors: kConflict as above.
  virtual Result<void> Retire(const model::ObjectName& object, uint64_t expected, const Author& author) = 0;

  // nullopt = no such revision.
  virtual Result<std::optional<model::Revision>> Get(const model::ObjectName& object,
                                                     uint64_t number) const = 0;
  // nullopt = nothing is in force.
  virtual Result<std::optional<model::Revision>> Current(const model::ObjectName& object) const = 0;
  // Newest first, those with a number below `before` (0 = all), at most `limit`.
  virtual Result<std::vector<model::Revision>> History(const model::ObjectName& object, uint64_t before,
                                                       size_t limit) const = 0;
  // Every object of a kind that has any revision, in the order of names, with what is in force.
  virtual Result<std::vector<InForce>> Objects(std::string_view tenant, model::ObjectKind kind) const = 0;

  // What came into force, or out of it, after an epoch, in epoch order; the newest change of an object
  // only. For nodes that follow. Epoch(): the newest; 0 = never written.
  virtual Result<std::vector<InForce>> Changes(uint64_t after_epoch, size_t limit) const = 0;
  virtual Result<uint64_t> Epoch() const = 0;

  // Planned publishes. Errors of Plan: kInvalidArgument for times in the past or in the wrong order,
  // kNotFound, kConflict as Publish. Cancel: kNotFound, kConflict where it is done.
  virtual Result<PlannedPublish> Plan(const PlannedPublish& plan) = 0;
  virtual Result<void> CancelPlan(uint64_t id, const Author& author) = 0;
  virtual Result<std::vector<PlannedPublish>> Plans(std::string_view tenant) const = 0;
  // Does what is due by now_ms, each in a transaction of its own; a plan whose base is no longer in
  // force fails with its outcome written down. Safe when several nodes call it: each is done once.
  // Returns how many were done.
  virtual Result<size_t> RunDue(int64_t now_ms) = 0;

  // The one switch that serves native default weights and no scripts, for all nodes; takes an epoch.
  virtual Result<void> SetSafeMode(bool on, const Author& author) = 0;
  virtual Result<bool> SafeMode() const = 0;

  // Newest first, those with a sequence below `before` (0 = all).
  virtual Result<std::vector<AuditEntry>> Audit(uint64_t before, size_t limit) const = 0;
};

}  // namespace signalbox::ports
