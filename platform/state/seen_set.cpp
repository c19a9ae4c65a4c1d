// Small sets are copied, large ones are appended to in place or rewritten sorted.
#include "state/seen_set.hpp"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <new>

namespace signalbox::state {
namespace {

constexpr uint16_t kLastOrder = std::numeric_limits<uint16_t>::max();

bool Weaker(const SeenEntry& a, const SeenEntry& b) {
  return a.strength != b.strength ? a.strength < b.strength : a.order < b.order;
}

bool ByItem(const SeenEntry& a, const SeenEntry& b) { return a.item() < b.item(); }
bool ByOrder(const SeenEntry& a, const SeenEntry& b) { return a.order < b.order; }

// Room behind the sorted part: what is searched entry by entry, and what is written before the
// next rewrite.
uint32_t Slack(size_t count) { return count < 256 ? 16 : 32; }

SeenBlock* NewBlock(uint32_t capacity) {
  auto* block = static_cast<SeenBlock*>(std::malloc(sizeof(SeenBlock) + capacity * sizeof(SeenEntry)));
  if (block == nullptr) throw std::bad_alloc();
  block->capacity = capacity;
  return block;
}

std::vector<SeenEntry>::iterator Weakest(std::vector<SeenEntry>& entries) {
  const auto rank = [](const SeenEntry& entry) { return uint32_t{entry.strength} << 16 | entry.order; };
  // Two passes, the first without branches.
  uint32_t weakest = std::numeric_limits<uint32_t>::max();
  for (const auto& entry : entries) weakest = std::min(weakest, rank(entry));
  return std::find_if(entries.begin(), entries.end(),
                      [&](const auto& entry) { return rank(entry) == weakest; });
}

// The entries by item. Mostly sorted already: what came since the last rewrite stands at the end.
void WriteSorted(std::vector<SeenEntry>* entries, SeenEntry* out) {
  const auto tail = std::is_sorted_until(entries->begin(), entries->end(), ByItem);
  std::sort(tail, entries->end(), ByItem);
  auto from = entries->begin();
  for (auto late = tail; late != entries->end(); ++late) {
    const auto upto = std::lower_bound(from, tail, *late, ByItem);
    out = std::copy(from, upto, out);
    *out++ = *late;
    from = upto;
  }
  std::copy(from, tail, out);
}

// Orders 0, 1, 2, ... in place of the former ones.
void Renumber(std::vector<SeenEntry>* entries) {
  std::sort(entries->begin(), entries->end(), ByOrder);
  uint16_t order = 0;
  for (auto& entry : *entries) entry.order = order++;
}

}  // namespace

SeenPart SeenBuilder::Add(const UserBlock* user, Handle item, uint16_t strength, uint16_t day) {
  if (user == nullptr) {
    scratch_.assign(1, SeenEntry(item, strength, 0, day));
    return {nullptr, scratch_, 1, 1};
  }
  const SeenEntry* known = FindSeen(*user, item);
  const auto entries = user->seen_entries();
  const SeenEntry added{item, strength, user->next_order, day};
  const auto next_order = static_cast<uint16_t>(user->next_order + 1);
  if (known != nullptr && known->strength == strength && known->day < day) {
    const auto place = known - entries.data();
    scratch_.assign(entries.begin(), entries.end());
    scratch_[static_cast<size_t>(place)].day = day;
    return Packed();
  }
  if (known != nullptr && known->strength >= strength) {
    return {user->seen, entries, user->seen_count, user->next_order};
  }
  const bool appends = known == nullptr && user->next_order < kLastOrder && entries.size() < kSeenItems;
  if (appends && user->seen != nullptr && entries.size() < user->seen->capacity) {
    // No published version counts this entry, so no reader looks at it.
    user->seen->entries()[entries.size()] = added;
    return {user->seen, {}, static_cast<uint16_t>(entries.size() + 1), next_order};
  }
  scratch_.assign(entries.begin(), entries.end());
  if (known != nullptr) scratch_.erase(scratch_.begin() + (known - entries.data()));
  if (user->next_order == kLastOrder) Renumber(&scratch_);
  const auto order = user->next_order == kLastOrder ? static_cast<uint16_t>(scratch_.size()) : added.order;
  if (user->seen == nullptr && scratch_.size() < kInlineSeen) {
    scratch_.emplace_back(item, strength, order, day);
    return {nullptr, scratch_, static_cast<uint16_t>(scratch_.size()), static_cast<uint16_t>(order + 1)};
  }
  scratch_.emplace_back(item, strength, order, day);
  return Packed();
}

SeenPart SeenBuilder::Unite(const UserBlock& older, const UserBlock& newer) {
  std::vector<SeenEntry> first(older.seen_entries().begin(), older.seen_entries().end());
  std::vector<SeenEntry> second(newer.seen_entries().begin(), newer.seen_entries().end());
  Renumber(&first);
  Renumber(&second);
  for (auto& entry : second) entry.order = static_cast<uint16_t>(entry.order + first.size());
  first.insert(first.end(), second.begin(), second.end());
  // Of an item in both the stronger stays; equally strong, the older as if only seen once, with the
  // later of the days.
  std::sort(first.begin(), first.end(), [](const SeenEntry& a, const SeenEntry& b) {
    if (a.item() != b.item()) return a.item() < b.item();
    return a.strength != b.strength ? a.strength > b.strength : a.order < b.order;
  });
  for (size_t i = 1; i < first.size(); ++i) {
    if (first[i - 1].item() == first[i].item() && first[i - 1].strength == first[i].strength)
      first[i - 1].day = std::max(first[i - 1].day, first[i].day);
  }
  first.erase(std::unique(first.begin(), first.end(),
                          [](const SeenEntry& a, const SeenEntry& b) { return a.item() == b.item(); }),
              first.end());
  return Pack(std::move(first));
}

SeenPart SeenBuilder::Pack(std::vector<SeenEntry> entries) {
  scratch_ = std::move(entries);
  return Packed();
}

SeenPart SeenBuilder::Packed() {
  if (scratch_.size() == kSeenItems + 1) {
    scratch_.erase(Weakest(scratch_));
  } else if (scratch_.size() > kSeenItems) {
    const auto keep = scratch_.end() - static_cast<ptrdiff_t>(kSeenItems);
    std::nth_element(scratch_.begin(), keep, scratch_.end(), Weaker);
    scratch_.erase(scratch_.begin(), keep);
  }
  const auto count = static_cast<uint16_t>(scratch_.size());
  uint16_t next_order = 0;
  for (const auto& entry : scratch_) next_order = std::max<uint16_t>(next_order, entry.order);
  if (count > 0) ++next_order;
  if (count <= kInlineSeen) {
    std::sort(scratch_.begin(), scratch_.end(), ByOrder);
    return {nullptr, scratch_, count, next_order};
  }
  SeenBlock* block = NewBlock(static_cast<uint32_t>(std::min<size_t>(count + Slack(count), kSeenItems)));
  WriteSorted(&scratch_, block->entries());
  block->sorted = count;
  return {block, {}, count, next_order};
}

}  // namespace signalbox::state
