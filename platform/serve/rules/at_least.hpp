// at_least { share = 0.3, where = ... }: a share of the list for a segment.
#pragma once

#include "serve/rules/rule_context.hpp"

namespace signalbox::serve {

// The first `count` places hold at least share * count items (rounded up) for which `where` holds, as far
// as there are such: the best of them from below the list take the places of its last others.
void AtLeast(const scripting::ListRule& rule, const RuleContext& context, std::vector<ListEntry>* list);
// True when the list has fewer of them than it should.
bool Lacks(const scripting::ListRule& rule, const RuleContext& context, const std::vector<ListEntry>& list);

}  // namespace signalbox::serve
