// Exchanging the end of the list for what is asked for.
#include "serve/rules/at_least.hpp"

#include <algorithm>
#include <cmath>

namespace signalbox::serve {
namespace {

// Room for shares such as 0.3, which binary fractions miss by a hair.
size_t NeededOf(const scripting::ListRule& rule, const RuleContext& context) {
  return static_cast<size_t>(std::ceil(rule.share * context.count - 1e-9));
}

std::vector<bool> Matches(const scripting::ListRule& rule, const RuleContext& context,
                          const std::vector<ListEntry>& list) {
  std::vector<bool> matches(list.size(), false);
  if (!rule.where) return matches;
  const ItemPredicate where(*context.state, *context.catalogue, context.now_ms, *rule.where);
  for (size_t i = 0; i < list.size(); ++i) matches[i] = where.Holds(list[i].item);
  return matches;
}

size_t CountTop(const std::vector<bool>& matches, size_t top) {
  return static_cast<size_t>(
      std::count(matches.begin(), matches.begin() + static_cast<std::ptrdiff_t>(top), true));
}

}  // namespace

bool Lacks(const scripting::ListRule& rule, const RuleContext& context, const std::vector<ListEntry>& list) {
  const auto matches = Matches(rule, context, list);
  return CountTop(matches, std::min<size_t>(list.size(), context.count)) < NeededOf(rule, context);
}

void AtLeast(const scripting::ListRule& rule, const RuleContext& context, std::vector<ListEntry>* list) {
  const auto matches = Matches(rule, context, *list);
  const size_t top = std::min<size_t>(list->size(), context.count);
  const size_t needed = NeededOf(rule, context);
  size_t have = CountTop(matches, top);
  std::vector<size_t> up, down;
  for (size_t i = top; i < list->size() && have + up.size() < needed; ++i) {
    if (matches[i]) up.push_back(i);
  }
  for (size_t i = top; i-- > 0 && down.size() < up.size();) {
    if (!matches[i]) down.push_back(i);
  }
  if (down.empty()) return;
  up.resize(std::min(up.size(), down.size()));
  std::vector<ListEntry> next;
  const auto is_in = [](const std::vector<size_t>& list_of, size_t i) {
    return std::find(list_of.begin(), list_of.end(), i) != list_of.end();
  };
  for (size_t i = 0; i < top; ++i) {
    if (!is_in(down, i)) next.push_back(std::move((*list)[i]));
  }
  for (const size_t i : up) {
    next.push_back(std::move((*list)[i]));
    context.Touched(rule, &next.back(), ": moved up");
  }
  for (size_t i = 0; i < list->size(); ++i) {
    if (i < top ? !is_in(down, i) : is_in(up, i)) continue;
    next.push_back(std::move((*list)[i]));
    if (i < top) context.Touched(rule, &next.back(), ": moved down");
  }
  *list = std::move(next);
}

}  // namespace signalbox::serve
