// Applying events, merges and forgets.
#include "process/tenant_pipeline.hpp"

#include <utility>

#include "base/log.hpp"

namespace signalbox::process {

TenantPipeline::TenantPipeline(state::TenantState& tenant, state::UserStore& users,
                               std::vector<signals::Signal*> learners)
    : tenant_(tenant), users_(users), learners_(std::move(learners)) {}

Result<void> TenantPipeline::Apply(const model::RecordView& record, uint32_t partition, uint64_t offset) {
  switch (record.kind) {
    case model::RecordKind::kEvent:
      return ApplyEvent(record, partition, offset);
    case model::RecordKind::kMerge:
      Flush();
      ApplyMerge(record);
      return {};
    case model::RecordKind::kForget:
      Flush();
      ApplyForget(record);
      return {};
  }
  return Fail(Code::kInvalidArgument, "record is of an unknown kind");
}

Result<void> TenantPipeline::ApplyEvent(const model::RecordView& record, uint32_t partition,
                                        uint64_t offset) {
  const int type = tenant_.types().Find(record.type);
  if (type < 0) {
    return Fail(Code::kInvalidArgument, "event type \"" + std::string(record.type) +
                                            "\" is not registered; add it under events.types and replay");
  }
  if (record.user.empty() && record.session.empty()) {
    return Fail(Code::kInvalidArgument, "event has neither a user nor a session");
  }
  if (record.item.empty()) return Fail(Code::kInvalidArgument, "event has no item");
  if (columns_.size() > 0 && columns_partition_ != partition) Flush();
  columns_partition_ = partition;

  const state::SessionKey session = record.session.empty() ? 0 : tenant_.KeyOfSession(record.session);
  state::UserKey visitor = session;
  if (!record.user.empty()) {
    visitor = tenant_.KeyOfUser(record.user);
    // An event that carries both ids joins what the session did before it was known whose it is,
    // and later requests that know the session only find the user.
    if (session != 0 && users_.Resolve(session) != users_.Resolve(visitor)) {
      users_.Merge(session, users_.Resolve(visitor));
    }
  }
  visitor = users_.Resolve(visitor);

  const sb_item item = tenant_.items().Intern(record.item_type, record.item, record.event_time_ms);
  const float weight = tenant_.types().at(static_cast<size_t>(type)).weight;
  const EpochDomain::Pin pin(tenant_.epochs());
  columns_.StageHistory(users_.Read(visitor), tenant_.types());
  const state::Applied applied =
      users_.ApplyEvent(visitor, session, item, static_cast<uint16_t>(type), weight, record.event_time_ms);
  if (applied.teaches) {
    columns_.Add({item, visitor, applied, static_cast<uint16_t>(type), weight, record.value,
                  record.event_time_ms, offset});
  }
  return {};
}

void TenantPipeline::ApplyMerge(const model::RecordView& record) {
  const state::UserKey from =
      record.from_is_user ? tenant_.KeyOfUser(record.from) : tenant_.KeyOfSession(record.from);
  // `from` as it came: resolved, two users who shared a device would become one.
  users_.Merge(from, users_.Resolve(tenant_.KeyOfUser(record.user)));
}

void TenantPipeline::ApplyForget(const model::RecordView& record) {
  Forget(tenant_.KeyOfUser(record.user));
  if (record.from_is_user || record.session.empty()) return;
  // Only while it is nobody's: of a session that was merged into somebody, the whole person would go.
  const state::UserKey session = tenant_.KeyOfSession(record.session);
  if (users_.Resolve(session) == session) Forget(session);
}

void TenantPipeline::Forget(state::UserKey visitor) {
  const std::vector<state::UserKey> keys = users_.Forget(visitor);
  for (signals::Signal* signal : learners_) {
    for (const state::UserKey key : keys) {
      const auto forgotten = signal->Forget(key);
      if (forgotten) continue;
      LogError("a signal could not forget a user",
               {{"signal", signal->name()}, {"error", forgotten.error().message()}});
      break;
    }
  }
}

void TenantPipeline::Flush() {
  if (columns_.size() == 0) return;
  const sb_events events = columns_.View(columns_partition_);
  for (signals::Signal* signal : learners_) {
    if (const auto taught = signal->Update(events); !taught) {
      LogWarn("a signal could not learn a batch",
              {{"signal", signal->name()}, {"error", taught.error().message()}});
    }
  }
  columns_.Clear();
}

}  // namespace signalbox::process
