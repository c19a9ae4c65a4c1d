// Memory for rows: blocks of a few size classes without headers, cut from slabs and used again.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace signalbox::signals {

// Blocks are aligned to `grain` bytes (4 or 8); sizes are rounded up to it.
//
// Threads: Allocate and Adopt from one writer; Return from any thread.
// Memory: no header per block; a freed block serves only blocks of its own size again.
class BlockPool {
 public:
  struct Block {
    void* memory;
    uint32_t bytes;
  };

  explicit BlockPool(size_t grain) : grain_(grain) {}

  void* Allocate(size_t bytes);
  // Blocks that no reader can see any more.
  void Return(std::vector<Block> blocks);

  // Of the slabs. Threads: any.
  size_t reserved_bytes() const { return reserved_bytes_.load(std::memory_order_relaxed); }

 private:
  static constexpr size_t kSlabBytes = 256 << 10;
  void AdoptReturned();

  const size_t grain_;
  std::vector<std::vector<void*>> free_;  // by bytes / grain
  std::vector<std::unique_ptr<std::byte[]>> slabs_;
  std::byte* next_ = nullptr;
  size_t left_bytes_ = 0;
  std::atomic<size_t> reserved_bytes_{0};
  std::mutex mutex_;
  std::vector<std::vector<Block>> returned_;  // guarded by mutex_
};

}  // namespace signalbox::signals
