// Append-only memory in chunks: what is put in stays where it is until the arena goes.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace signalbox::state {

// Chunks double from 4 KiB to 1 MiB, so a small tenant stays small.
// Threads: one writer at a time; memory_bytes from any.
class Arena {
 public:
  // Never null, also for size 0. align: a power of two, at most 16.
  char* Allocate(size_t size, size_t align = 1);
  std::string_view Copy(std::string_view text);

  size_t memory_bytes() const { return bytes_.load(std::memory_order_relaxed); }

 private:
  std::vector<std::unique_ptr<char[]>> chunks_;
  char* next_ = nullptr;
  size_t left_ = 0;
  std::atomic<size_t> bytes_{0};
};

}  // namespace signalbox::state
