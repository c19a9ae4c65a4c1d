// at_most { field = "brand", count = 2, window = 10 }: no run of `window` neighbours holds more than
// `count` items of one value.
#pragma once

#include "serve/rules/rule_context.hpp"

namespace signalbox::serve {

// Each place takes the best item that fits there, so items wait for a later place rather than go; what
// fits nowhere is removed. window 0 is the whole list. An item without the field always fits.
void AtMost(const scripting::ListRule& rule, const RuleContext& context, std::vector<ListEntry>* list);

}  // namespace signalbox::serve
