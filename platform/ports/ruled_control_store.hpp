// The control store's rules over an adapter's tables and transactions.
#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "ports/control_tables.hpp"

namespace signalbox::ports {

class RuledControlStore : public ControlStore {
 public:
  Result<model::Revision> AddDraft(const model::ObjectName& object, uint64_t base,
                                   const model::RevisionContent& content, const Author& author) override;
  Result<model::Revision> MarkValidated(const model::ObjectName& object, uint64_t number,
                                        const Author& author) override;
  Result<model::Revision> Publish(const model::ObjectName& object, uint64_t number,
                                  const Author& author) override;
  Result<model::Revision> Rollback(const model::ObjectName& object, uint64_t number, uint64_t expected,
                                   const Author& author) override;
  Result<void> Retire(const model::ObjectName& object, uint64_t expected, const Author& author) override;
  Result<InForce> RevertFailing(const model::ObjectName& object, uint64_t failing,
                                const Author& author) override;
  Result<bool> Seed(const model::ObjectName& object, const model::RevisionContent& content,
                    const Author& author) override;

  Result<std::optional<model::Revision>> Get(const model::ObjectName& object, uint64_t number) const override;
  Result<std::optional<model::Revision>> Current(const model::ObjectName& object) const override;
  Result<std::vector<model::Revision>> History(const model::ObjectName& object, uint64_t before,
                                               size_t limit) const override;
  Result<std::vector<InForce>> Objects(std::string_view tenant, model::ObjectKind kind) const override;
  Result<std::vector<InForce>> Changes(uint64_t after_epoch, size_t limit) const override;
  Result<uint64_t> Epoch() const override;

  Result<PlannedPublish> Plan(const PlannedPublish& plan) override;
  Result<void> CancelPlan(std::string_view tenant, uint64_t id, const Author& author) override;
  Result<std::vector<PlannedPublish>> Plans(std::string_view tenant, size_t limit) const override;
  Result<size_t> RunDue(int64_t now_ms) override;

  Result<void> SetSafeMode(bool on, const Author& author) override;
  Result<bool> SafeMode() const override;
  Result<std::vector<AuditEntry>> Audit(const AuditQuery& query) const override;
  Result<size_t> Prune(std::string_view tenant, const Retention& retention, int64_t now_ms) override;
  Result<void> Report(const NodeReport& report) override;
  Result<std::vector<NodeReport>> Nodes(int64_t since_ms) const override;

 protected:
  using Body = std::function<Result<void>(ControlTables&)>;

  // Runs the body in one transaction and commits it if the body succeeds, else leaves no trace. Two that
  // change the same object or take an epoch do not run beside each other (an adapter that cannot lock
  // finely takes one lock for all); `body` may be run again after a transient failure.
  // Errors: the body's; those of the database.
  virtual Result<void> Write(const Body& body) = 0;
  // Runs the body on one consistent view; it writes nothing.
  virtual Result<void> Read(const Body& body) const = 0;
  virtual const Clock& clock() const = 0;

 private:
  Result<bool> RunNextDue(int64_t now_ms);
};

}  // namespace signalbox::ports
