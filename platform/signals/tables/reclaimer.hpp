// Collects what one batch of updates replaced, and hands it to the epoch domain at once.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "base/epoch.hpp"
#include "signals/tables/block_pool.hpp"

namespace signalbox::signals {

// Threads: one writer. Lifetime: the pool lives on until its last retired block is back.
class Reclaimer {
 public:
  // grain: the alignment of the pool's blocks, 4 or 8.
  Reclaimer(EpochDomain& epochs, size_t grain) : epochs_(epochs), pool_(std::make_shared<BlockPool>(grain)) {}
  ~Reclaimer() { Flush(); }
  Reclaimer(const Reclaimer&) = delete;
  Reclaimer& operator=(const Reclaimer&) = delete;

  BlockPool& pool() { return *pool_; }
  const BlockPool& pool() const { return *pool_; }

  // A block of pool() that no new reader can reach.
  void Retire(void* memory, size_t bytes) {
    blocks_.push_back({memory, static_cast<uint32_t>(bytes)});
    if (blocks_.size() >= 4096) Flush();
  }
  // Anything else that no new reader can reach.
  template <typename T>
  void RetireObject(const T* object) {
    epochs_.Retire(const_cast<T*>(object), [](void* memory) { delete static_cast<T*>(memory); });
  }
  // Hands over; called at the end of each batch.
  void Flush() {
    if (blocks_.empty()) return;
    blocks_retired_ += blocks_.size();
    epochs_.Retire(new Batch{pool_, std::move(blocks_)}, [](void* memory) {
      const std::unique_ptr<Batch> batch(static_cast<Batch*>(memory));
      batch->pool->Return(std::move(batch->blocks));
    });
    blocks_.clear();
    if (++flushes_ % 8 == 0 || blocks_retired_ >= 2048) {
      epochs_.Collect();
      blocks_retired_ = 0;
    }
  }

 private:
  struct Batch {
    std::shared_ptr<BlockPool> pool;
    std::vector<BlockPool::Block> blocks;
  };

  EpochDomain& epochs_;
  std::shared_ptr<BlockPool> pool_;
  std::vector<BlockPool::Block> blocks_;
  size_t blocks_retired_ = 0;  // since the last Collect
  uint64_t flushes_ = 0;
};

}  // namespace signalbox::signals
