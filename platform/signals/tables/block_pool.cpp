// Slabs of 256 KB; larger blocks get a slab of their own.
#include "signals/tables/block_pool.hpp"

namespace signalbox::signals {

void* BlockPool::Allocate(size_t bytes) {
  const size_t grains = (bytes + grain_ - 1) / grain_;
  bytes = grains * grain_;
  if (free_.size() <= grains) free_.resize(grains + 1);
  if (free_[grains].empty()) AdoptReturned();
  if (!free_[grains].empty()) {
    void* block = free_[grains].back();
    free_[grains].pop_back();
    return block;
  }
  if (bytes > left_bytes_) {
    const size_t slab_bytes = bytes > kSlabBytes ? bytes : kSlabBytes;
    slabs_.push_back(std::make_unique_for_overwrite<std::byte[]>(slab_bytes));
    reserved_bytes_.fetch_add(slab_bytes, std::memory_order_relaxed);
    next_ = slabs_.back().get();
    left_bytes_ = slab_bytes;
  }
  void* block = next_;
  next_ += bytes;
  left_bytes_ -= bytes;
  return block;
}

void BlockPool::Return(std::vector<Block> blocks) {
  const std::lock_guard lock(mutex_);
  returned_.push_back(std::move(blocks));
}

void BlockPool::AdoptReturned() {
  std::vector<std::vector<Block>> returned;
  {
    const std::lock_guard lock(mutex_);
    returned.swap(returned_);
  }
  for (const auto& blocks : returned) {
    for (const Block& block : blocks) {
      const size_t grains = (block.bytes + grain_ - 1) / grain_;
      free_[grains].push_back(block.memory);
    }
  }
}

}  // namespace signalbox::signals
