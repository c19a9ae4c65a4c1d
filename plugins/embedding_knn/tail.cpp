// Appending to the tail and finding rows in it.
#include "tail.hpp"

#include <algorithm>
#include <bit>

namespace signalbox::embedding_knn {

RowTable::RowTable(size_t entries) : slots_(std::bit_ceil(std::max<size_t>(entries, 32) * 2)) {
  for (auto& slot : slots_) slot.store(kEmpty, std::memory_order_relaxed);
}

// The slot that holds the item, or the empty one it would take. There always is one: Set keeps
// half of them empty.
size_t RowTable::SlotOf(Item item) const {
  const size_t mask = slots_.size() - 1;
  for (size_t slot = (item * uint64_t{0x9E3779B97F4A7C15} >> 32) & mask;; slot = (slot + 1) & mask) {
    const uint64_t entry = slots_[slot].load(std::memory_order_acquire);
    if (entry == kEmpty || entry >> 32 == item) return slot;
  }
}

uint32_t RowTable::Find(Item item) const {
  const uint64_t entry = slots_[SlotOf(item)].load(std::memory_order_acquire);
  return entry == kEmpty ? kNoRow : static_cast<uint32_t>(entry);
}

bool RowTable::Set(Item item, uint32_t row) {
  const size_t slot = SlotOf(item);
  if (slots_[slot].load(std::memory_order_relaxed) == kEmpty) {
    if (used_ >= room()) return false;
    ++used_;
  }
  slots_[slot].store(uint64_t{item} << 32 | row, std::memory_order_release);
  return true;
}

uint32_t TailView::Find(Item item) const {
  if (begin == end) return RowTable::kNoRow;
  const uint32_t row = table->Find(item);
  return row >= begin && row < end && alive(row) ? row : RowTable::kNoRow;
}

Tail::Tail(size_t dimension, uint32_t first_row) : table_(std::make_shared<RowTable>(0)) {
  view_.dimension = dimension;
  view_.base = view_.begin = view_.end = first_row;
  view_.table = table_;
}

uint32_t Tail::Append(Item item, const float* vector) {
  Kill(item);
  const uint32_t row = view_.end;
  const uint32_t place = (row - view_.base) % TailChunk::kRows;
  if ((row - view_.base) / TailChunk::kRows == view_.chunks.size()) {
    view_.chunks.push_back(std::make_shared<TailChunk>(view_.dimension));
  }
  TailChunk& chunk = *view_.chunks.back();
  chunk.items[place] = item;
  std::copy_n(vector, view_.dimension, &chunk.values[place * view_.dimension]);
  ++view_.end;
  ++living_;
  Index(item, row);
  return row;
}

bool Tail::Kill(Item item) {
  const uint32_t row = view_.Find(item);
  if (row == RowTable::kNoRow) return false;
  const uint32_t place = (row - view_.base) % TailChunk::kRows;
  view_.chunks[(row - view_.base) / TailChunk::kRows]->dead[place / 64].fetch_or(uint64_t{1} << (place % 64),
                                                                                 std::memory_order_relaxed);
  --living_;
  return true;
}

void Tail::DropBelow(uint32_t first) {
  const size_t whole = (first - view_.base) / TailChunk::kRows;
  view_.chunks.erase(view_.chunks.begin(), view_.chunks.begin() + static_cast<std::ptrdiff_t>(
                                                                      std::min(whole, view_.chunks.size())));
  view_.base += static_cast<uint32_t>(whole * TailChunk::kRows);
  view_.begin = first;
  living_ = 0;
  table_ = std::make_shared<RowTable>(rows());
  for (uint32_t row = view_.begin; row < view_.end; ++row) {
    if (!view_.alive(row)) continue;
    ++living_;
    table_->Set(view_.ItemAt(row), row);
  }
  view_.table = table_;
}

void Tail::Compact() {
  const TailView former = view_;
  Tail fresh(former.dimension, former.end);
  for (uint32_t row = former.begin; row < former.end; ++row) {
    if (former.alive(row)) fresh.Append(former.ItemAt(row), former.VectorAt(row));
  }
  *this = std::move(fresh);
}

void Tail::Index(Item item, uint32_t row) {
  if (table_->Set(item, row)) return;
  auto larger = std::make_shared<RowTable>(table_->room() * 2);
  for (uint32_t old = view_.begin; old < view_.end; ++old) {
    if (view_.alive(old)) larger->Set(view_.ItemAt(old), old);
  }
  table_ = std::move(larger);
  view_.table = table_;
}

}  // namespace signalbox::embedding_knn
