// The tenants of this process as the processor sees them.
#pragma once

#include <map>
#include <string>

#include "signals/signal_set.hpp"
#include "state/tenant_state.hpp"

namespace signalbox::process {

struct TenantSlot {
  state::TenantState* state = nullptr;
  signals::SignalSet* signals = nullptr;
};

// By name; fixed while a processor runs. The slots' targets outlive it.
using Tenants = std::map<std::string, TenantSlot, std::less<>>;

}  // namespace signalbox::process
