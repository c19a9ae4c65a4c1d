// Linear probing over stamped slots: clearing costs nothing.
#include "serve/candidate_set.hpp"

#include <algorithm>
#include <bit>

namespace signalbox::serve {

void CandidateSet::Clear(size_t expected) {
  items_.clear();
  used_ = 0;
  const size_t wanted = std::bit_ceil(expected * 2 + 64);
  if (slots_.size() < wanted || ++stamp_ == 0) {
    slots_.assign(std::max(wanted, slots_.size()), Slot{0, 0, 0});
    stamp_ = 1;
  }
}

// The slot that holds the item, or the free one where it belongs.
size_t CandidateSet::Find(sb_item item) const {
  const size_t mask = slots_.size() - 1;
  size_t at = (item * 0x9e3779b97f4a7c15u >> 32) & mask;
  while (slots_[at].stamp == stamp_ && slots_[at].item != item) at = (at + 1) & mask;
  return at;
}

void CandidateSet::Place(sb_item item, uint32_t row) {
  if (2 * (used_ + 1) > slots_.size()) {
    std::vector<Slot> former(slots_.size() * 2, Slot{0, 0, 0});
    former.swap(slots_);
    const uint32_t stamp = stamp_;
    stamp_ = 1;
    for (const Slot& slot : former) {
      if (slot.stamp == stamp) slots_[Find(slot.item)] = {slot.item, slot.row, stamp_};
    }
  }
  Slot& slot = slots_[Find(item)];
  used_ += slot.stamp != stamp_;
  slot = {item, row, stamp_};
}

uint32_t CandidateSet::Add(sb_item item) {
  Slot& slot = slots_[Find(item)];
  if (slot.stamp == stamp_) return slot.row;
  const auto row = static_cast<uint32_t>(items_.size());
  items_.push_back(item);
  if (2 * (used_ + 1) > slots_.size()) {
    Place(item, row);
  } else {
    slot = {item, row, stamp_};
    ++used_;
  }
  return row;
}

bool CandidateSet::Has(sb_item item) const { return slots_[Find(item)].stamp == stamp_; }

}  // namespace signalbox::serve
