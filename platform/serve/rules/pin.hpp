// pin { item = "gift-card", position = 3 }: an item at a place of the final list.
#pragma once

#include <span>

#include "serve/rules/rule_context.hpp"

namespace signalbox::serve {

// All pins that act, together, so that each ends up where it says; of two for one place the first
// declared has it and the other the next. An item that nothing offered is put in if context.may_pin; one
// that may not be pinned is left as it is. A place behind the list's end is its end.
void Pin(std::span<const scripting::ListRule* const> rules, const RuleContext& context,
         std::vector<ListEntry>* list);

}  // namespace signalbox::serve
