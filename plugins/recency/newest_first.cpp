// The blocks of the ordered list: finding, splitting and copying them.
#include "newest_first.hpp"

#include <algorithm>

namespace signalbox::recency {
namespace {

bool Before(const NewestFirst::Entry& a, const NewestFirst::Entry& b) {
  return a.time_ms != b.time_ms ? a.time_ms > b.time_ms : a.item < b.item;
}

NewestFirst::Entry At(const NewestFirst::Block& block, uint32_t i) {
  return {block.times_ms[i], block.items[i]};
}

// The first position whose entry is not before `entry`.
uint32_t LowerBound(const NewestFirst::Block& block, const NewestFirst::Entry& entry) {
  uint32_t low = 0, high = block.size;
  while (low < high) {
    const uint32_t middle = low + (high - low) / 2;
    if (Before(At(block, middle), entry)) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

}  // namespace

NewestFirst::NewestFirst() : published_(std::make_shared<const Version>()) {}

void NewestFirst::Set(Item item, int64_t time_ms) {
  if (item >= times_ms_.size()) times_ms_.resize(item + size_t{1}, kAbsent);
  if (time_ms == kAbsent) ++time_ms;
  if (times_ms_[item] == time_ms) return;
  Remove(item);
  Insert({time_ms, item});
  times_ms_[item] = time_ms;
  ++size_;
}

void NewestFirst::Remove(Item item) {
  if (item >= times_ms_.size() || times_ms_[item] == kAbsent) return;
  Erase({times_ms_[item], item});
  times_ms_[item] = kAbsent;
  --size_;
}

void NewestFirst::Publish() {
  auto version = std::make_shared<const Version>(blocks_.begin(), blocks_.end());
  ++owner_;
  const std::lock_guard lock(mutex_);
  published_.swap(version);
}

std::shared_ptr<const NewestFirst::Version> NewestFirst::version() const {
  const std::lock_guard lock(mutex_);
  return published_;
}

// The block that holds the entry or would take it. Requires: there are blocks.
size_t NewestFirst::BlockOf(const Entry& entry) const {
  size_t low = 0, high = blocks_.size() - 1;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (Before(At(*blocks_[middle], blocks_[middle]->size - 1), entry)) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

NewestFirst::Block& NewestFirst::Writable(size_t index) {
  std::shared_ptr<Block>& block = blocks_[index];
  if (block->owner != owner_) {
    block = std::make_shared<Block>(*block);
    block->owner = owner_;
  }
  return *block;
}

void NewestFirst::Insert(const Entry& entry) {
  if (blocks_.empty()) {
    blocks_.push_back(std::make_shared<Block>());
    blocks_.back()->owner = owner_;
  }
  size_t index = BlockOf(entry);
  if (blocks_[index]->size == kBlockSize) {
    Block& full = Writable(index);
    auto tail = std::make_shared<Block>();
    tail->owner = owner_;
    tail->size = kBlockSize / 2;
    full.size = kBlockSize - tail->size;
    std::copy_n(full.times_ms.begin() + full.size, tail->size, tail->times_ms.begin());
    std::copy_n(full.items.begin() + full.size, tail->size, tail->items.begin());
    blocks_.insert(blocks_.begin() + static_cast<std::ptrdiff_t>(index) + 1, std::move(tail));
    if (Before(At(full, full.size - 1), entry)) ++index;
  }
  Block& block = Writable(index);
  const uint32_t position = LowerBound(block, entry);
  std::copy_backward(block.times_ms.begin() + position, block.times_ms.begin() + block.size,
                     block.times_ms.begin() + block.size + 1);
  std::copy_backward(block.items.begin() + position, block.items.begin() + block.size,
                     block.items.begin() + block.size + 1);
  block.times_ms[position] = entry.time_ms;
  block.items[position] = entry.item;
  ++block.size;
}

void NewestFirst::Erase(const Entry& entry) {
  const size_t index = BlockOf(entry);
  Block& block = Writable(index);
  const uint32_t position = LowerBound(block, entry);
  std::copy(block.times_ms.begin() + position + 1, block.times_ms.begin() + block.size,
            block.times_ms.begin() + position);
  std::copy(block.items.begin() + position + 1, block.items.begin() + block.size,
            block.items.begin() + position);
  if (--block.size == 0) blocks_.erase(blocks_.begin() + static_cast<std::ptrdiff_t>(index));
}

}  // namespace signalbox::recency
