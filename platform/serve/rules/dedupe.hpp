// dedupe { field = "model" }: of items with the same value, the best alone.
#pragma once

#include "serve/rules/rule_context.hpp"

namespace signalbox::serve {

// An item without the field stays; one with a list of values goes if any of them came before.
void Dedupe(const scripting::ListRule& rule, const RuleContext& context, std::vector<ListEntry>* list);

}  // namespace signalbox::serve
