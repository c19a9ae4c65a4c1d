// diversify { field = "category", lambda = 0.7 } or { vector = "content" }: neighbours that differ.
#pragma once

#include "serve/rules/rule_context.hpp"

namespace signalbox::serve {

// Maximal marginal relevance (Carbonell, Goldstein 1998): each place of the list takes the item with the
// highest lambda * score - (1 - lambda) * likeness to the most alike one before it. Scores are divided by
// the highest. Likeness is of fields the share of common values (Jaccard): 1 for the same; of vectors the
// cosine, below 0 counting as 0. Where either item has none, it is 0: such an item is moved by nothing.
// What is below twice `count` keeps its order.
void Diversify(const scripting::ListRule& rule, const RuleContext& context, std::vector<ListEntry>* list);

}  // namespace signalbox::serve
