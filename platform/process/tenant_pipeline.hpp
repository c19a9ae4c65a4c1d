// One tenant's way from log record to state: identity, history, rules, then the signals' columns.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/record_codec.hpp"
#include "process/event_columns.hpp"
#include "signals/signal_set.hpp"
#include "state/tenant_state.hpp"

namespace signalbox::process {

// Applies records of one tenant in log order.
//
// Threads: one at a time; the state it writes may be read meanwhile.
// Lifetime: the tenant, the user store and the signals outlive it.
class TenantPipeline {
 public:
  // users: the tenant's own, or a scratch store when only signals are being taught again.
  TenantPipeline(state::TenantState& tenant, state::UserStore& users, std::vector<signals::Signal*> learners);

  // Takes one record; teaching is put off until Flush. A merge or forget flushes first.
  // Errors: kInvalidArgument: this record can never be applied.
  Result<void> Apply(const model::RecordView& record, uint32_t partition, uint64_t offset);

  // Teaches the signals what was applied since the last call. A signal that fails counts its own
  // fault and does not keep the others from learning.
  void Flush();

 private:
  Result<void> ApplyEvent(const model::RecordView& record, uint32_t partition, uint64_t offset);
  void ApplyMerge(const model::RecordView& record);
  void ApplyForget(const model::RecordView& record);
  // From the store and, under every key that they may know the visitor by, from the signals.
  void Forget(state::UserKey visitor);

  state::TenantState& tenant_;
  state::UserStore& users_;
  std::vector<signals::Signal*> learners_;
  EventColumns columns_;
  uint32_t columns_partition_ = 0;
};

}  // namespace signalbox::process
