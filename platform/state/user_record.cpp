// Packing of events and strengths, search in a seen set, and the reader's view of a block.
#include "state/user_record.hpp"

#include <algorithm>
#include <bit>

#include <malloc.h>

namespace signalbox::state {
namespace {

constexpr int64_t kTimeLimit = int64_t{1} << 43;
constexpr int64_t kDayMs = 86'400'000;

uint64_t Bits(const PackedEvent& event) { return uint64_t{event.high} << 32 | event.low; }

const UserBlock* BlockOf(const UserView& view) { return static_cast<const UserBlock*>(view.record); }

}  // namespace

int64_t ClampTime(int64_t time_ms) { return std::clamp(time_ms, -kTimeLimit, kTimeLimit - 1); }

PackedEvent Pack(Handle item, int64_t time_ms, uint16_t type, uint16_t tag) {
  const uint64_t bits = static_cast<uint64_t>(ClampTime(time_ms)) << 20 |
                        static_cast<uint64_t>(type % kMaxEventTypes) << 10 | tag % kSessionTags;
  return {item, static_cast<uint32_t>(bits), static_cast<uint32_t>(bits >> 32)};
}

int64_t TimeOf(const PackedEvent& event) { return static_cast<int64_t>(Bits(event)) >> 20; }
uint16_t TypeOf(const PackedEvent& event) { return event.low >> 10 & (kMaxEventTypes - 1); }
uint16_t TagOf(const PackedEvent& event) { return event.low & (kSessionTags - 1); }

uint16_t PackStrength(float strength) {
  // Not above zero (also NaN): the weakest.
  if (!(strength > 0)) return 0;
  return static_cast<uint16_t>(std::bit_cast<uint32_t>(strength) >> 16);
}

uint16_t DayOf(int64_t time_ms) {
  return static_cast<uint16_t>(std::clamp<int64_t>(time_ms / kDayMs, 1, UINT16_MAX));
}

float UnpackStrength(uint16_t strength) { return std::bit_cast<float>(uint32_t{strength} << 16); }

const SeenEntry* FindSeen(const UserBlock& user, Handle item) {
  const auto entries = user.seen_entries();
  const SeenEntry* const sorted_end = entries.data() + user.seen_sorted();
  const auto* found =
      std::lower_bound(entries.data(), sorted_end, item,
                       [](const SeenEntry& entry, Handle wanted) { return entry.item() < wanted; });
  if (found != sorted_end && found->item() == item) return found;
  for (const auto* entry = sorted_end; entry != entries.data() + entries.size(); ++entry) {
    if (entry->item() == item) return entry;
  }
  return nullptr;
}

size_t HeapBytes(void* block) { return malloc_usable_size(block) + sizeof(size_t); }

bool UserView::exists() const { return record != nullptr; }

size_t UserView::history_size() const { return exists() ? BlockOf(*this)->history_count : 0; }

HistoryEvent UserView::history(size_t i) const {
  const UserBlock& user = *BlockOf(*this);
  const PackedEvent& event = user.history()[i];
  const uint16_t tag = TagOf(event);
  const SessionKey session = tag == user.session_tag ? user.session : SessionKey{tag} + 1;
  return {event.item, TypeOf(event), TimeOf(event), session};
}

size_t UserView::history_in_session() const { return exists() ? BlockOf(*this)->in_session : 0; }
SessionKey UserView::session() const { return exists() ? BlockOf(*this)->session : 0; }
uint32_t UserView::session_events() const { return exists() ? BlockOf(*this)->session_events : 0; }
int64_t UserView::last_time_ms() const { return exists() ? BlockOf(*this)->last_time_ms : 0; }
size_t UserView::seen_size() const { return exists() ? BlockOf(*this)->seen_count : 0; }

bool UserView::Seen(Handle item, float min_strength) const {
  if (!exists()) return false;
  const SeenEntry* entry = FindSeen(*BlockOf(*this), item);
  return entry != nullptr && entry->strength >= PackStrength(min_strength);
}

bool UserView::SeenAny(float min_strength) const {
  if (!exists()) return false;
  uint16_t strongest = 0;  // without a branch, so that it becomes vector code
  const auto entries = BlockOf(*this)->seen_entries();
  for (const SeenEntry& entry : entries) strongest = std::max(strongest, entry.strength);
  return !entries.empty() && strongest >= PackStrength(min_strength);
}

bool UserView::SeenSince(Handle item, float min_strength, int64_t since_ms) const {
  if (!exists()) return false;
  const SeenEntry* entry = FindSeen(*BlockOf(*this), item);
  return entry != nullptr && entry->strength >= PackStrength(min_strength) && entry->day != 0 &&
         entry->day >= DayOf(since_ms);
}

}  // namespace signalbox::state
