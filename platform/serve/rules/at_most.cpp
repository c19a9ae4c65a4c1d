// Greedy, with a queue of those that wait.
#include "serve/rules/at_most.hpp"

#include <absl/container/flat_hash_map.h>
#include <algorithm>
#include <span>

#include "serve/rules/field_values.hpp"

namespace signalbox::serve {
namespace {

// The values of each entry of a list as small numbers, equal where the values are.
class Numbered {
 public:
  Numbered(const FieldValues& field, const std::vector<ListEntry>& list) {
    absl::flat_hash_map<uint64_t, uint32_t> numbers;
    std::vector<uint64_t> values;
    for (const ListEntry& entry : list) {
      field.Read(entry.item, &values);
      for (const uint64_t value : values) {
        numbers_.push_back(numbers.emplace(value, static_cast<uint32_t>(numbers.size())).first->second);
      }
      ends_.push_back(numbers_.size());
    }
    distinct_ = numbers.size();
  }
  std::span<const uint32_t> of(size_t entry) const {
    const size_t begin = entry == 0 ? 0 : ends_[entry - 1];
    return std::span(numbers_).subspan(begin, ends_[entry] - begin);
  }
  size_t distinct() const { return distinct_; }

 private:
  std::vector<uint32_t> numbers_;
  std::vector<size_t> ends_;
  size_t distinct_ = 0;
};

// How often each value stands among the last `window - 1` places.
class Neighbours {
 public:
  Neighbours(const Numbered& values, uint32_t most, uint32_t window)
      : values_(values), most_(most), window_(window), counts_(values.distinct()) {}

  bool Fits(size_t entry) const {
    const auto values = values_.of(entry);
    return std::all_of(values.begin(), values.end(),
                       [this](uint32_t value) { return counts_[value] < most_; });
  }
  // True = a value has room again that had none: who waits may fit now.
  bool Place(size_t entry) {
    for (const uint32_t value : values_.of(entry)) ++counts_[value];
    order_.push_back(entry);
    if (window_ == 0 || order_.size() < window_) return false;
    bool freed = false;
    for (const uint32_t value : values_.of(order_[order_.size() - window_]))
      freed |= counts_[value]-- == most_;
    return freed;
  }
  const std::vector<size_t>& order() const { return order_; }

 private:
  const Numbered& values_;
  const uint32_t most_, window_;
  std::vector<uint32_t> counts_;
  std::vector<size_t> order_;
};

}  // namespace

void AtMost(const scripting::ListRule& rule, const RuleContext& context, std::vector<ListEntry>* list) {
  const Numbered values(FieldValues(*context.state, *context.catalogue, rule.field), *list);
  Neighbours neighbours(values, rule.count, rule.window);
  std::vector<size_t> waiting;
  const auto first_fitting = [&] {
    return std::find_if(waiting.begin(), waiting.end(), [&](size_t i) { return neighbours.Fits(i); });
  };
  for (size_t next = 0; next < list->size(); ++next) {
    if (!neighbours.Fits(next)) {
      waiting.push_back(next);
      continue;
    }
    if (!neighbours.Place(next)) continue;
    // Whoever waited longest and fits now comes before what follows.
    for (auto fits = first_fitting(); fits != waiting.end(); fits = first_fitting()) {
      neighbours.Place(*fits);
      waiting.erase(fits);
    }
  }
  for (const size_t i : waiting) context.Removed(rule, (*list)[i].item);
  std::vector<ListEntry> placed;
  placed.reserve(neighbours.order().size());
  for (const size_t i : neighbours.order()) {
    placed.push_back(std::move((*list)[i]));
    if (i != placed.size() - 1)
      context.Touched(rule, &placed.back(), i > placed.size() - 1 ? ": moved up" : ": moved down");
  }
  *list = std::move(placed);
}

}  // namespace signalbox::serve
