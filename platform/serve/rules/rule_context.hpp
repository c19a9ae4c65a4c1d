// What list rules may look at.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "scripting/list_rules.hpp"
#include "serve/item_predicate.hpp"
#include "serve/rules/list_entry.hpp"
#include "state/tenant_state.hpp"

namespace signalbox::serve {

// What one rule did to one item, for traces.
struct RuleMark {
  const scripting::ListRule* rule = nullptr;
  sb_item item = SB_NO_ITEM;
  bool removed = false;  // else touched
};

// Threads: one request's. Lifetime: that of what it points to.
struct RuleContext {
  const state::TenantState* state = nullptr;
  const state::CatalogueView* catalogue = nullptr;
  int64_t now_ms = 0;
  int64_t zone_offset_ms = 0;
  uint64_t seed = 0;
  uint32_t count = 0;  // of items asked for
  bool explain = false;
  // Whether an item that nothing offered may be pinned.
  std::function<bool(sb_item)> may_pin;
  std::vector<RuleMark>* marks = nullptr;  // null = nobody asks

  void Removed(const scripting::ListRule& rule, sb_item item) const {
    if (marks != nullptr) marks->push_back({&rule, item, true});
  }
  // The effect is a rule's name and what it did.
  void Touched(const scripting::ListRule& rule, ListEntry* entry, const char* how) const {
    if (marks != nullptr) marks->push_back({&rule, entry->item, false});
    if (explain) entry->effects.push_back(rule.name + how);
  }
};

}  // namespace signalbox::serve
