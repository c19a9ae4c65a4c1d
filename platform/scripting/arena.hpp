// The memory of one Lua state, given back all at once.
#pragma once

#include <array>
#include <cstddef>

namespace signalbox::scripting {

// Small blocks come from chunks through one list of free blocks for each size, larger ones from
// the heap. Dropping a state is dropping its arena: a script that fills its memory cap with small
// objects costs a few frees and not one for each, and an allocation may be left by an exception.
//
// Threads: one.
class Arena {
 public:
  Arena() = default;
  ~Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // size > 0; null when the heap has none.
  void* Take(size_t size);
  // size: as it was taken.
  void Give(void* block, size_t size);
  // A block of the new size with the same bytes. Making it smaller always succeeds.
  void* Resize(void* block, size_t old_size, size_t new_size);

  // What Take(size) would add to held().
  size_t Growth(size_t size) const;
  // Taken from the heap and not given back to it.
  size_t held() const { return held_; }

 private:
  static constexpr size_t kUnit = 16;
  static constexpr size_t kLargestSmall = 512;
  static constexpr size_t kChunk = 16 << 10;
  struct FreeBlock {
    FreeBlock* next;
  };
  struct alignas(kUnit) Header {  // before each chunk and each large block
    Header* next;
    Header* former;
  };
  static size_t ClassOf(size_t size) { return (size + kUnit - 1) / kUnit; }
  void* FromHeap(size_t size);
  void Link(Header* header);
  static void Unlink(Header* header, Header** first);

  std::array<FreeBlock*, kLargestSmall / kUnit + 1> free_{};
  char* chunk_ = nullptr;  // what is left of the newest chunk
  size_t chunk_left_ = 0;
  Header* blocks_ = nullptr;
  size_t held_ = 0;
};

}  // namespace signalbox::scripting
