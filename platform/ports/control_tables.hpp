// What the control store's rules read and write inside one transaction: rows, without any rule.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ports/control_store.hpp"

namespace signalbox::ports {

// An adapter implements this on its database and RuledControlStore decides what to do with it, so that
// every store keeps the same rules.
//
// Members may throw what the adapter's library throws; the adapter catches it around the transaction.
// Threads: one. Lifetime: that of the transaction.
class ControlTables {
 public:
  virtual ~ControlTables() = default;

  // With its content. nullopt = no such revision.
  virtual std::optional<model::Revision> Read(const model::ObjectName& object, uint64_t number) = 0;
  // The object's highest number; 0 = none.
  virtual uint64_t LastNumber(const model::ObjectName& object) = 0;
  virtual void Insert(const model::Revision& revision) = 0;
  // All but its content, author, comment, base and created_ms, which never change.
  virtual void Update(const model::Revision& revision) = 0;
  virtual void Delete(const model::ObjectName& object, uint64_t number) = 0;
  // The revision with the highest epoch that was in force, has not failed and is not `except`.
  virtual std::optional<model::Revision> LastGood(const model::ObjectName& object, uint64_t except) = 0;
  // As ControlStore::History.
  virtual std::vector<model::Revision> History(const model::ObjectName& object, uint64_t before,
                                               size_t limit) = 0;

  // number 0, epoch 0 = never published.
  virtual InForce ReadInForce(const model::ObjectName& object) = 0;
  virtual void WriteInForce(const InForce& in_force) = 0;
  virtual std::vector<InForce> Objects(std::string_view tenant, model::ObjectKind kind) = 0;
  virtual std::vector<InForce> Changes(uint64_t after_epoch, size_t limit) = 0;

  virtual uint64_t ReadEpoch() = 0;
  // Takes the next one. Two transactions that both take one must not commit in the other order: lock it
  // until the commit.
  virtual uint64_t NextEpoch() = 0;
  virtual bool ReadSafeMode() = 0;
  virtual void WriteSafeMode(bool on) = 0;

  // Returns the plan's id.
  virtual uint64_t InsertPlan(const PlannedPublish& plan) = 0;
  // state, outcome and reverts_to.
  virtual void UpdatePlan(const PlannedPublish& plan) = 0;
  // Locks the row until the commit. nullopt = no such plan.
  virtual std::optional<PlannedPublish> ReadPlan(uint64_t id) = 0;
  virtual std::vector<PlannedPublish> Plans(std::string_view tenant, size_t limit) = 0;
  // The plan whose next step is due first, by (its time, id): kPlanned with publish_at_ms <= now_ms, or
  // kPublished with a revert_at_ms in 1..now_ms. Locks its row until the commit. nullopt = none.
  virtual std::optional<PlannedPublish> NextDue(int64_t now_ms) = 0;

  // sequence is the database's.
  virtual void InsertAudit(const AuditEntry& entry) = 0;
  virtual std::vector<AuditEntry> Audit(const AuditQuery& query) = 0;
  // Those written before a time.
  virtual void DeleteAudit(int64_t before_ms) = 0;

  // Inserts or replaces by name.
  virtual void WriteNode(const NodeReport& report) = 0;
  virtual std::vector<NodeReport> Nodes(int64_t since_ms) = 0;
};

// UTF-8 without NUL: what every database can keep as text.
bool IsText(std::string_view bytes);
// A JSON array, nested at most 32 deep.
bool IsJsonArray(std::string_view text);

// A revision's values as tables keep them, {"session":0.4}, and back. Requires: finite numbers; text that
// is not of this form gives what could be read of it.
std::string WriteValues(const std::map<std::string, double>& values);
std::map<std::string, double> ReadValues(const std::string& text);

}  // namespace signalbox::ports
