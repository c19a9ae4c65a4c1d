// One pass from the top.
#include "serve/rules/dedupe.hpp"

#include <absl/container/flat_hash_set.h>
#include <algorithm>

#include "serve/rules/field_values.hpp"

namespace signalbox::serve {

void Dedupe(const scripting::ListRule& rule, const RuleContext& context, std::vector<ListEntry>* list) {
  const FieldValues field(*context.state, *context.catalogue, rule.field);
  absl::flat_hash_set<uint64_t> met;
  std::vector<uint64_t> values;
  const auto repeats = [&](const ListEntry& entry) {
    field.Read(entry.item, &values);
    const bool again = std::any_of(values.begin(), values.end(), [&](uint64_t v) { return met.contains(v); });
    if (again) {
      context.Removed(rule, entry.item);
    } else {
      met.insert(values.begin(), values.end());
    }
    return again;
  };
  // In order, which remove_if does not promise.
  size_t kept = 0;
  for (size_t i = 0; i < list->size(); ++i) {
    if (repeats((*list)[i])) continue;
    if (kept != i) (*list)[kept] = std::move((*list)[i]);
    ++kept;
  }
  list->resize(kept);
}

}  // namespace signalbox::serve
