// What the control store answers without writing.
#include "ports/control_checks.hpp"
#include "ports/ruled_control_store.hpp"

namespace signalbox::ports {

using model::Revision;

namespace {

// Runs a query that fills *value on a consistent view.
template <typename Value, typename Store, typename Query>
Result<Value> Answer(const Store& read, Query query) {
  Value value{};
  const auto done = read([&](ControlTables& tables) -> Result<void> {
    value = query(tables);
    return {};
  });
  if (!done) return Fail(done.error());
  return value;
}

}  // namespace

Result<std::optional<Revision>> RuledControlStore::Get(const model::ObjectName& object,
                                                       uint64_t number) const {
  return Answer<std::optional<Revision>>([this](const Body& body) { return Read(body); },
                                         [&](ControlTables& tables) { return tables.Read(object, number); });
}

Result<std::optional<Revision>> RuledControlStore::Current(const model::ObjectName& object) const {
  return Answer<std::optional<Revision>>([this](const Body& body) { return Read(body); },
                                         [&](ControlTables& tables) -> std::optional<Revision> {
                                           const uint64_t number = tables.ReadInForce(object).number;
                                           return number == 0 ? std::nullopt : tables.Read(object, number);
                                         });
}

Result<std::vector<Revision>> RuledControlStore::History(const model::ObjectName& object, uint64_t before,
                                                         size_t limit) const {
  return Answer<std::vector<Revision>>(
      [this](const Body& body) { return Read(body); },
      [&](ControlTables& tables) { return tables.History(object, before, limit); });
}

Result<std::vector<InForce>> RuledControlStore::Objects(std::string_view tenant,
                                                        model::ObjectKind kind) const {
  return Answer<std::vector<InForce>>([this](const Body& body) { return Read(body); },
                                      [&](ControlTables& tables) { return tables.Objects(tenant, kind); });
}

Result<std::vector<InForce>> RuledControlStore::Changes(uint64_t after_epoch, size_t limit) const {
  return Answer<std::vector<InForce>>(
      [this](const Body& body) { return Read(body); },
      [&](ControlTables& tables) { return tables.Changes(after_epoch, limit); });
}

Result<uint64_t> RuledControlStore::Epoch() const {
  return Answer<uint64_t>([this](const Body& body) { return Read(body); },
                          [](ControlTables& tables) { return tables.ReadEpoch(); });
}

Result<std::vector<PlannedPublish>> RuledControlStore::Plans(std::string_view tenant, size_t limit) const {
  return Answer<std::vector<PlannedPublish>>(
      [this](const Body& body) { return Read(body); },
      [&](ControlTables& tables) { return tables.Plans(tenant, limit); });
}

Result<bool> RuledControlStore::SafeMode() const {
  return Answer<bool>([this](const Body& body) { return Read(body); },
                      [](ControlTables& tables) { return tables.ReadSafeMode(); });
}

Result<std::vector<AuditEntry>> RuledControlStore::Audit(const AuditQuery& query) const {
  return Answer<std::vector<AuditEntry>>([this](const Body& body) { return Read(body); },
                                         [&](ControlTables& tables) { return tables.Audit(query); });
}

Result<std::vector<NodeReport>> RuledControlStore::Nodes(int64_t since_ms) const {
  return Answer<std::vector<NodeReport>>([this](const Body& body) { return Read(body); },
                                         [&](ControlTables& tables) { return tables.Nodes(since_ms); });
}

}  // namespace signalbox::ports
