// The tenants of this process as the processor sees them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "signals/signal_set.hpp"
#include "state/tenant_state.hpp"

namespace signalbox::process {

struct TenantSlot {
  state::TenantState* state = nullptr;
  signals::SignalSet* signals = nullptr;

  std::vector<signals::Signal*> AllSignals() const {
    std::vector<signals::Signal*> all;
    for (size_t i = 0; i < signals->size(); ++i) all.push_back(&signals->at(i));
    return all;
  }
};

// By name; fixed while a processor runs. The slots' targets outlive it.
using Tenants = std::map<std::string, TenantSlot, std::less<>>;

}  // namespace signalbox::process
