// Greedy selection with the highest likeness so far kept for each item left.
#include "serve/rules/diversify.hpp"

#include <algorithm>

#include "serve/rules/field_values.hpp"

namespace signalbox::serve {
namespace {

// Both ascending.
double Likeness(const std::vector<uint64_t>& a, const std::vector<uint64_t>& b) {
  if (a.empty() || b.empty()) return 0;
  size_t common = 0;
  for (size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    if (a[i] == b[j]) {
      ++common, ++i, ++j;
    } else {
      a[i] < b[j] ? ++i : ++j;
    }
  }
  return static_cast<double>(common) / static_cast<double>(a.size() + b.size() - common);
}

}  // namespace

void Diversify(const scripting::ListRule& rule, const RuleContext& context, std::vector<ListEntry>* list) {
  const size_t places = std::min<size_t>(list->size(), 2 * size_t{context.count});
  if (places < 2) return;
  const FieldValues field(*context.state, *context.catalogue, rule.field);
  std::vector<std::vector<uint64_t>> values(list->size());
  double highest = 0;
  for (size_t i = 0; i < list->size(); ++i) {
    field.Read((*list)[i].item, &values[i]);
    std::sort(values[i].begin(), values[i].end());
    highest = std::max(highest, (*list)[i].score);
  }
  std::vector<size_t> left(list->size()), order;
  for (size_t i = 0; i < left.size(); ++i) left[i] = i;
  std::vector<double> alike(list->size(), 0);
  while (order.size() < places) {
    size_t best = 0;
    double most = 0;
    for (size_t at = 0; at < left.size(); ++at) {
      const double score = highest > 0 ? (*list)[left[at]].score / highest : 0;
      const double marginal = rule.lambda * score - (1 - rule.lambda) * alike[left[at]];
      if (at > 0 && marginal <= most) continue;
      most = marginal;
      best = at;
    }
    const size_t taken = left[best];
    order.push_back(taken);
    left.erase(left.begin() + static_cast<std::ptrdiff_t>(best));
    for (const size_t i : left) alike[i] = std::max(alike[i], Likeness(values[i], values[taken]));
  }
  order.insert(order.end(), left.begin(), left.end());
  std::vector<ListEntry> next;
  next.reserve(order.size());
  for (const size_t i : order) {
    next.push_back(std::move((*list)[i]));
    const size_t place = next.size() - 1;
    if (i != place) context.Touched(rule, &next.back(), i > place ? ": moved up" : ": moved down");
  }
  *list = std::move(next);
}

}  // namespace signalbox::serve
