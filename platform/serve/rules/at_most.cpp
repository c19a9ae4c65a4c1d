// Greedy, with a queue of those that wait.
#include "serve/rules/at_most.hpp"

#include <absl/container/flat_hash_map.h>
#include <algorithm>

#include "serve/rules/field_values.hpp"

namespace signalbox::serve {
namespace {

// How often each value stands among the last `window - 1` places.
class Neighbours {
 public:
  Neighbours(uint32_t most, uint32_t window) : most_(most), window_(window) {}

  bool Fits(const std::vector<uint64_t>& values) const {
    return std::none_of(values.begin(), values.end(), [this](uint64_t value) {
      const auto found = counts_.find(value);
      return found != counts_.end() && found->second >= most_;
    });
  }
  void Add(const std::vector<uint64_t>& values) {
    for (const uint64_t value : values) ++counts_[value];
    places_.push_back(&values);
    if (window_ == 0 || places_.size() < window_) return;
    for (const uint64_t value : *places_[places_.size() - window_]) --counts_[value];
  }

 private:
  uint32_t most_, window_;
  std::vector<const std::vector<uint64_t>*> places_;
  absl::flat_hash_map<uint64_t, uint32_t> counts_;
};

}  // namespace

void AtMost(const scripting::ListRule& rule, const RuleContext& context, std::vector<ListEntry>* list) {
  const FieldValues field(*context.state, *context.catalogue, rule.field);
  std::vector<std::vector<uint64_t>> values(list->size());
  for (size_t i = 0; i < list->size(); ++i) field.Read((*list)[i].item, &values[i]);

  Neighbours neighbours(rule.count, rule.window);
  std::vector<size_t> order, waiting;
  const auto place = [&](size_t i) {
    neighbours.Add(values[i]);
    order.push_back(i);
  };
  for (size_t next = 0; next < list->size(); ++next) {
    if (!neighbours.Fits(values[next])) {
      waiting.push_back(next);
      continue;
    }
    place(next);
    // Whoever waited longest and fits now comes before what follows.
    for (size_t w = 0; w < waiting.size();) {
      if (!neighbours.Fits(values[waiting[w]])) {
        ++w;
        continue;
      }
      place(waiting[w]);
      waiting.erase(waiting.begin() + static_cast<std::ptrdiff_t>(w));
      w = 0;
    }
  }
  for (const size_t i : waiting) context.Removed(rule, (*list)[i].item);
  std::vector<ListEntry> placed;
  placed.reserve(order.size());
  for (const size_t i : order) {
    placed.push_back(std::move((*list)[i]));
    if (i != placed.size() - 1)
      context.Touched(rule, &placed.back(), i > placed.size() - 1 ? ": moved up" : ": moved down");
  }
  *list = std::move(placed);
}

}  // namespace signalbox::serve
