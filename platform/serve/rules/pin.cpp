// Taken out first, then put in from the top.
#include "serve/rules/pin.hpp"

#include <algorithm>

namespace signalbox::serve {
namespace {

struct Pinned {
  const scripting::ListRule* rule;
  ListEntry entry;
};

// The item's entry, taken out of the list; one of its own where the list has none.
ListEntry Take(sb_item item, std::vector<ListEntry>* list) {
  const auto found =
      std::find_if(list->begin(), list->end(), [item](const auto& entry) { return entry.item == item; });
  ListEntry entry;
  entry.item = item;
  entry.reason = "pinned";
  if (found == list->end()) return entry;
  entry = std::move(*found);
  list->erase(found);
  entry.propensity = 1;
  return entry;
}

}  // namespace

void Pin(std::span<const scripting::ListRule* const> rules, const RuleContext& context,
         std::vector<ListEntry>* list) {
  std::vector<Pinned> pinned;
  for (const auto* rule : rules) {
    const std::string_view type = rule->item_type.empty() ? model::kDefaultItemType : rule->item_type;
    const sb_item item = context.state->Find(type, rule->item);
    const bool again = std::any_of(pinned.begin(), pinned.end(),
                                   [item](const Pinned& other) { return other.entry.item == item; });
    if (item == ports::kNoHandle || again || !context.may_pin(item)) continue;
    pinned.push_back({rule, Take(item, list)});
    pinned.back().entry.reason = "pinned";
  }
  std::stable_sort(pinned.begin(), pinned.end(),
                   [](const Pinned& a, const Pinned& b) { return a.rule->position < b.rule->position; });
  size_t free_from = 0;
  for (Pinned& pin : pinned) {
    const size_t wanted = std::max<size_t>(pin.rule->position, 1) - 1;
    const size_t place = std::min(std::max(wanted, free_from), list->size());
    context.Touched(*pin.rule, &pin.entry, ": pinned");
    list->insert(list->begin() + static_cast<std::ptrdiff_t>(place), std::move(pin.entry));
    free_from = place + 1;
  }
}

}  // namespace signalbox::serve
