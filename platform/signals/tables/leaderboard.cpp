// Changed entries are sorted and merged into the others, which keep their order.
#include "signals/tables/leaderboard.hpp"

#include <algorithm>
#include <bitset>

namespace signalbox::signals {

std::unique_ptr<Leaderboard> NextLeaderboard(const Leaderboard& old, std::vector<Leaderboard::Entry> changed,
                                             int64_t base, const ports::ItemIndex& items) {
  using Entry = Leaderboard::Entry;
  const double shrink = PowerOfTwo(old.base - base);
  const double threshold = old.threshold * shrink;
  std::erase_if(changed, [&](const Entry& entry) { return Rounded(entry.amount) < Rounded(threshold); });
  if (changed.empty() && base == old.base) return nullptr;

  // A filter first: most listed entries did not change.
  std::bitset<4096> maybe;
  for (const Entry& entry : changed) maybe.set(entry.item % maybe.size());
  std::sort(changed.begin(), changed.end(), [](const Entry& a, const Entry& b) { return a.item < b.item; });
  const auto is_changed = [&](sb_item item) {
    return maybe[item % maybe.size()] &&
           std::binary_search(changed.begin(), changed.end(), Entry{item, 0},
                              [](const Entry& a, const Entry& b) { return a.item < b.item; });
  };
  std::vector<Entry> kept;
  kept.reserve(old.entries.size());
  for (const Entry& entry : old.entries) {
    if (!is_changed(entry.item)) kept.push_back({entry.item, entry.amount * shrink});
  }

  const auto heavier = [&](const Entry& a, const Entry& b) { return Heavier(items, a, b); };
  std::sort(changed.begin(), changed.end(), heavier);
  auto next = std::make_unique<Leaderboard>();
  next->base = base;
  next->entries.resize(kept.size() + changed.size());
  std::merge(kept.begin(), kept.end(), changed.begin(), changed.end(), next->entries.begin(), heavier);
  next->threshold = threshold;
  if (next->entries.size() > Leaderboard::kEntries) {
    next->threshold = std::max(threshold, next->entries[Leaderboard::kEntries].amount);
    next->entries.resize(Leaderboard::kEntries);
  }
  return next;
}

}  // namespace signalbox::signals
