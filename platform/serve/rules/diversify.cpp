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

// What makes two entries of the list alike, by their places in it.
class ByField {
 public:
  ByField(const scripting::ListRule& rule, const RuleContext& context, const std::vector<ListEntry>& list)
      : values_(list.size()) {
    const FieldValues field(*context.state, *context.catalogue, rule.field);
    for (size_t i = 0; i < list.size(); ++i) {
      field.Read(list[i].item, &values_[i]);
      std::sort(values_[i].begin(), values_[i].end());
    }
  }
  double operator()(size_t a, size_t b) const { return Likeness(values_[a], values_[b]); }

 private:
  std::vector<std::vector<uint64_t>> values_;
};

class ByVector {
 public:
  ByVector(const scripting::ListRule& rule, const RuleContext& context, std::vector<ListEntry>* list)
      : column_(context.catalogue->Vectors(rule.vector)), rows_(list->size()) {
    for (size_t i = 0; i < list->size(); ++i) {
      ListEntry& entry = (*list)[i];
      if (column_ != nullptr) rows_[i] = column_->Get(entry.item);
      if (context.explain && rows_[i].codes == nullptr)
        entry.effects.push_back(rule.name + ": no vector, like nothing");
    }
  }
  double operator()(size_t a, size_t b) const {
    if (rows_[a].codes == nullptr || rows_[b].codes == nullptr) return 0;
    return column_->Cosine(rows_[a], rows_[b]);
  }

 private:
  const state::VectorColumn* column_;  // null = none is kept: no item has one
  std::vector<state::VectorRow> rows_;
};

// The places in the list, reordered.
template <typename Alike>
std::vector<size_t> Order(const scripting::ListRule& rule, size_t places, const std::vector<ListEntry>& list,
                          const Alike& alike) {
  double highest = 0;
  for (const ListEntry& entry : list) highest = std::max(highest, entry.score);
  std::vector<size_t> left(list.size()), order;
  for (size_t i = 0; i < left.size(); ++i) left[i] = i;
  std::vector<double> most_alike(list.size(), 0);
  while (order.size() < places) {
    size_t best = 0;
    double most = 0;
    for (size_t at = 0; at < left.size(); ++at) {
      const double score = highest > 0 ? list[left[at]].score / highest : 0;
      const double marginal = rule.lambda * score - (1 - rule.lambda) * most_alike[left[at]];
      if (at > 0 && marginal <= most) continue;
      most = marginal;
      best = at;
    }
    const size_t taken = left[best];
    order.push_back(taken);
    left.erase(left.begin() + static_cast<std::ptrdiff_t>(best));
    for (const size_t i : left) most_alike[i] = std::max(most_alike[i], alike(i, taken));
  }
  order.insert(order.end(), left.begin(), left.end());
  return order;
}

}  // namespace

void Diversify(const scripting::ListRule& rule, const RuleContext& context, std::vector<ListEntry>* list) {
  const size_t places = std::min<size_t>(list->size(), 2 * size_t{context.count});
  if (places < 2) return;
  const std::vector<size_t> order = rule.vector.empty()
                                        ? Order(rule, places, *list, ByField(rule, context, *list))
                                        : Order(rule, places, *list, ByVector(rule, context, list));
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
