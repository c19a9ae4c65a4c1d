// Rows in maps; a transaction that fails puts back the copy it began with.
#include "ports/fakes/memory_control_store.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace signalbox::ports::fakes {

using model::ObjectName;
using model::Revision;

class MemoryControlStore::Tables final : public ControlTables {
 public:
  std::optional<Revision> Read(const ObjectName& object, uint64_t number) override {
    const auto found = revisions_.find({object, number});
    return found == revisions_.end() ? std::nullopt : std::optional(*found->second);
  }

  uint64_t LastNumber(const ObjectName& object) override {
    const auto after = revisions_.upper_bound({object, UINT64_MAX});
    if (after == revisions_.begin()) return 0;
    const auto& key = std::prev(after)->first;
    return key.first == object ? key.second : 0;
  }

  void Insert(const Revision& revision) override { Update(revision); }

  void Update(const Revision& revision) override {
    revisions_[{revision.object, revision.number}] = std::make_shared<const Revision>(revision);
  }

  void Delete(const ObjectName& object, uint64_t number) override { revisions_.erase({object, number}); }

  std::optional<Revision> LastGood(const ObjectName& object, uint64_t except) override {
    std::optional<Revision> best;
    for (const auto& [key, revision] : revisions_) {
      if (key.first != object || key.second == except || revision->epoch == 0 || revision->failed) continue;
      if (!best || revision->epoch > best->epoch) best = *revision;
    }
    return best;
  }

  std::vector<Revision> History(const ObjectName& object, uint64_t before, size_t limit) override {
    std::vector<Revision> history;
    for (auto it = revisions_.rbegin(); it != revisions_.rend() && history.size() < limit; ++it) {
      if (it->first.first != object || (before != 0 && it->first.second >= before)) continue;
      history.push_back(*it->second);
      history.back().content = {};
    }
    return history;
  }

  InForce ReadInForce(const ObjectName& object) override {
    const auto found = in_force_.find(object);
    return found == in_force_.end() ? InForce{object} : found->second;
  }

  void WriteInForce(const InForce& in_force) override { in_force_[in_force.object] = in_force; }

  std::vector<InForce> Objects(std::string_view tenant, model::ObjectKind kind) override {
    std::vector<InForce> objects;
    for (const auto& [key, revision] : revisions_) {
      if (key.first.tenant != tenant || key.first.kind != kind) continue;
      if (objects.empty() || !(objects.back().object == key.first)) objects.push_back(ReadInForce(key.first));
    }
    return objects;
  }

  std::vector<InForce> Changes(uint64_t after_epoch, size_t limit) override {
    std::vector<InForce> changes;
    for (const auto& [object, in_force] : in_force_) {
      if (in_force.epoch > after_epoch) changes.push_back(in_force);
    }
    std::sort(changes.begin(), changes.end(),
              [](const InForce& a, const InForce& b) { return a.epoch < b.epoch; });
    if (changes.size() > limit) changes.resize(limit);
    return changes;
  }

  uint64_t ReadEpoch() override { return epoch_; }
  uint64_t NextEpoch() override { return ++epoch_; }
  bool ReadSafeMode() override { return safe_mode_; }
  void WriteSafeMode(bool on) override { safe_mode_ = on; }

  uint64_t InsertPlan(const PlannedPublish& plan) override {
    const uint64_t id = plans_.empty() ? 1 : plans_.rbegin()->first + 1;
    plans_[id] = plan;
    plans_[id].id = id;
    return id;
  }

  void UpdatePlan(const PlannedPublish& plan) override { plans_[plan.id] = plan; }

  std::optional<PlannedPublish> ReadPlan(uint64_t id) override {
    const auto found = plans_.find(id);
    return found == plans_.end() ? std::nullopt : std::optional(found->second);
  }

  std::vector<PlannedPublish> Plans(std::string_view tenant, size_t limit) override {
    std::vector<PlannedPublish> plans;
    for (auto it = plans_.rbegin(); it != plans_.rend() && plans.size() < limit; ++it) {
      if (it->second.object.tenant == tenant) plans.push_back(it->second);
    }
    return plans;
  }

  std::optional<PlannedPublish> NextDue(int64_t now_ms) override {
    std::optional<PlannedPublish> next;
    int64_t next_ms = 0;
    for (const auto& [id, plan] : plans_) {
      const bool planned = plan.state == PlannedPublish::State::kPlanned;
      const bool reverts = plan.state == PlannedPublish::State::kPublished && plan.revert_at_ms != 0;
      const int64_t at_ms = planned ? plan.publish_at_ms : plan.revert_at_ms;
      if (!(planned || reverts) || at_ms > now_ms || (next && at_ms >= next_ms)) continue;
      next = plan;
      next_ms = at_ms;
    }
    return next;
  }

  void InsertAudit(const AuditEntry& entry) override {
    audit_.push_back(entry);
    audit_.back().sequence = ++audit_sequence_;
  }

  void DeleteAudit(int64_t before_ms) override {
    std::erase_if(audit_, [before_ms](const AuditEntry& entry) { return entry.at_ms < before_ms; });
  }

  std::vector<AuditEntry> Audit(const AuditQuery& query) override {
    std::vector<AuditEntry> entries;
    for (auto it = audit_.rbegin(); it != audit_.rend() && entries.size() < query.limit; ++it) {
      if (query.before != 0 && it->sequence >= query.before) continue;
      if (!it->tenant.empty() && it->tenant != query.tenant) continue;
      if (!query.object.empty() && it->object != query.object) continue;
      entries.push_back(*it);
    }
    return entries;
  }

  void WriteNode(const NodeReport& report) override { nodes_[report.node] = report; }

  std::vector<NodeReport> Nodes(int64_t since_ms) override {
    std::vector<NodeReport> nodes;
    for (const auto& [name, report] : nodes_) {
      if (report.at_ms >= since_ms) nodes.push_back(report);
    }
    return nodes;
  }

 private:
  std::map<std::pair<ObjectName, uint64_t>, std::shared_ptr<const Revision>> revisions_;
  std::map<ObjectName, InForce> in_force_;
  std::map<uint64_t, PlannedPublish> plans_;
  std::vector<AuditEntry> audit_;
  uint64_t audit_sequence_ = 0;
  std::map<std::string, NodeReport> nodes_;
  uint64_t epoch_ = 0;
  bool safe_mode_ = false;
};

MemoryControlStore::MemoryControlStore(const Clock& clock)
    : clock_(clock), tables_(std::make_unique<Tables>()) {}
MemoryControlStore::~MemoryControlStore() = default;

void MemoryControlStore::FailCalls(std::optional<Error> error) {
  const std::lock_guard lock(mutex_);
  failure_ = std::move(error);
}

Result<void> MemoryControlStore::Write(const Body& body) {
  const std::lock_guard lock(mutex_);
  if (failure_) return Fail(*failure_);
  Tables copy = *tables_;
  auto done = body(copy);
  if (done) *tables_ = std::move(copy);
  return done;
}

Result<void> MemoryControlStore::Read(const Body& body) const {
  const std::lock_guard lock(mutex_);
  if (failure_) return Fail(*failure_);
  return body(*tables_);
}

}  // namespace signalbox::ports::fakes
