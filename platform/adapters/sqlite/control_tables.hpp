// The control store's rows in SQL.
#pragma once

#include <Poco/Data/Session.h>

#include <optional>
#include <string>
#include <vector>

#include "ports/control_tables.hpp"

namespace signalbox::sqlite {

const std::vector<std::vector<std::string>>& ControlMigrations();

// Throws what Poco throws. BEGIN IMMEDIATE keeps writers apart, so rows need no locks of their own.
// Lifetime: shorter than the session's transaction. Threads: one.
class SqliteControlTables final : public ports::ControlTables {
 public:
  explicit SqliteControlTables(Poco::Data::Session& session) : session_(session) {}

  std::optional<model::Revision> Read(const model::ObjectName& object, uint64_t number) override;
  uint64_t LastNumber(const model::ObjectName& object) override;
  void Insert(const model::Revision& revision) override;
  void Update(const model::Revision& revision) override;
  void Delete(const model::ObjectName& object, uint64_t number) override;
  std::optional<model::Revision> LastGood(const model::ObjectName& object, uint64_t except) override;
  std::vector<model::Revision> History(const model::ObjectName& object, uint64_t before,
                                       size_t limit) override;
  ports::InForce ReadInForce(const model::ObjectName& object) override;
  void WriteInForce(const ports::InForce& in_force) override;
  std::vector<ports::InForce> Objects(std::string_view tenant, model::ObjectKind kind) override;
  std::vector<ports::InForce> Changes(uint64_t after_epoch, size_t limit) override;
  uint64_t ReadEpoch() override;
  uint64_t NextEpoch() override;
  bool ReadSafeMode() override;
  void WriteSafeMode(bool on) override;
  uint64_t InsertPlan(const ports::PlannedPublish& plan) override;
  void UpdatePlan(const ports::PlannedPublish& plan) override;
  std::optional<ports::PlannedPublish> ReadPlan(uint64_t id) override;
  std::vector<ports::PlannedPublish> Plans(std::string_view tenant, size_t limit) override;
  std::optional<ports::PlannedPublish> NextDue(int64_t now_ms) override;
  void InsertAudit(const ports::AuditEntry& entry) override;
  std::vector<ports::AuditEntry> Audit(const ports::AuditQuery& query) override;
  void DeleteAudit(int64_t before_ms) override;
  void WriteNode(const ports::NodeReport& report) override;
  std::vector<ports::NodeReport> Nodes(int64_t since_ms) override;

 private:
  Poco::Data::Session& session_;
};

}  // namespace signalbox::sqlite
