// diversify { field = "category", lambda = 0.7 }: neighbours that differ.
#pragma once

#include "serve/rules/rule_context.hpp"

namespace signalbox::serve {

// Maximal marginal relevance (Carbonell, Goldstein 1998): each place of the list takes the item with the
// highest lambda * score - (1 - lambda) * likeness to the most alike one before it. Scores are divided by
// the highest. Likeness is the share of common values (Jaccard): 1 for the same, 0 where either has none.
// What is below twice `count` keeps its order.
void Diversify(const scripting::ListRule& rule, const RuleContext& context, std::vector<ListEntry>* list);

}  // namespace signalbox::serve
