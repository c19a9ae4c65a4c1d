// Which revisions are past their time.
#include <algorithm>
#include <set>

#include "ports/control_checks.hpp"
#include "ports/ruled_control_store.hpp"

namespace signalbox::ports {
namespace {

using model::ObjectName;
using model::Revision;

constexpr size_t kPage = 500;
constexpr size_t kPlansRead = 10'000;

// What plans of the object still lead to.
std::set<uint64_t> Planned(ControlTables& tables, const ObjectName& object) {
  std::set<uint64_t> numbers;
  for (const auto& plan : tables.Plans(object.tenant, kPlansRead)) {
    const bool waits = plan.state == PlannedPublish::State::kPlanned ||
                       (plan.state == PlannedPublish::State::kPublished && plan.revert_at_ms != 0);
    if (waits && plan.object == object) numbers.insert({plan.number, plan.reverts_to});
  }
  return numbers;
}

std::vector<Revision> WholeHistory(ControlTables& tables, const ObjectName& object) {
  std::vector<Revision> history;
  for (uint64_t before = 0;;) {
    const auto page = tables.History(object, before, kPage);
    history.insert(history.end(), page.begin(), page.end());
    if (page.size() < kPage) return history;
    before = page.back().number;
  }
}

std::vector<uint64_t> PastTheirTime(ControlTables& tables, const ObjectName& object,
                                    const Retention& retention, int64_t now_ms) {
  const auto planned = Planned(tables, object);
  const uint64_t newest = tables.LastNumber(object), in_force = tables.ReadInForce(object).number;
  auto history = WholeHistory(tables, object);
  // By when they came into force, the last first: so many stay.
  std::sort(history.begin(), history.end(), [](const auto& a, const auto& b) { return a.epoch > b.epoch; });
  std::vector<uint64_t> past;
  size_t retired = 0;
  for (const Revision& revision : history) {
    const bool was_in_force = revision.epoch != 0;
    const bool kept = was_in_force && retired++ < retention.retired_kept;
    const int64_t keep_ms = was_in_force ? retention.retired_ms : retention.drafts_ms;
    const int64_t since_ms = was_in_force ? revision.published_ms : revision.created_ms;
    if (kept || keep_ms == 0 || since_ms > now_ms - keep_ms) continue;
    if (revision.number == newest || revision.number == in_force || planned.contains(revision.number))
      continue;
    past.push_back(revision.number);
  }
  return past;
}

}  // namespace

Result<size_t> RuledControlStore::Prune(std::string_view tenant, const Retention& retention, int64_t now_ms) {
  std::vector<InForce> objects;
  const auto listed = Read([&](ControlTables& tables) -> Result<void> {
    for (const auto kind :
         {model::ObjectKind::kScenario, model::ObjectKind::kExperiment, model::ObjectKind::kSignal}) {
      const auto of_kind = tables.Objects(tenant, kind);
      for (const auto& object : of_kind) {
        if (!PastTheirTime(tables, object.object, retention, now_ms).empty()) objects.push_back(object);
      }
    }
    return {};
  });
  if (!listed) return Fail(listed.error());
  size_t pruned = 0;
  for (const InForce& each : objects) {
    const ObjectName& object = each.object;
    size_t of_object = 0;
    const auto done = Write([&](ControlTables& tables) -> Result<void> {
      const auto past = PastTheirTime(tables, object, retention, now_ms);
      for (const uint64_t number : past) tables.Delete(object, number);
      of_object = past.size();
      if (past.empty()) return {};
      const Author author{"retention", std::to_string(past.size()) + " revisions past their time"};
      tables.InsertAudit(AuditOf(object, author, "prune", 0, 0, now_ms));
      return {};
    });
    if (!done) return Fail(done.error());
    pruned += of_object;
  }
  if (retention.audit_ms == 0) return pruned;
  const auto done = Write([&](ControlTables& tables) -> Result<void> {
    tables.DeleteAudit(now_ms - retention.audit_ms);
    return {};
  });
  if (!done) return Fail(done.error());
  return pruned;
}

}  // namespace signalbox::ports
