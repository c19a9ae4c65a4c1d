// explore { share = 0.1, depth = 100 }: places given to items from below the list, by a seeded draw.
#pragma once

#include "serve/rules/rule_context.hpp"

namespace signalbox::serve {

// share * count places (a fraction is drawn for) go to items drawn without replacement, each with the
// same chance, from the first `depth` (0 = 100) below the list. They take the places of the list's last
// items and stand at places drawn among 2 to count. The propensity of a drawn item is its chance to be
// drawn, share * count / depth; that of the item whose place a fraction decided is its chance to stay.
// The same seed gives the same list.
void Explore(const scripting::ListRule& rule, const RuleContext& context, std::vector<ListEntry>* list);
// How many items below the list it draws from.
uint32_t ExploreDepth(const scripting::ListRule& rule);

}  // namespace signalbox::serve
