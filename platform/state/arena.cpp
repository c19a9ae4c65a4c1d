// Bump allocation; what does not fit a chunk gets one of its own.
#include "state/arena.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace signalbox::state {
namespace {

constexpr size_t kFirstChunk = 4 << 10;
constexpr size_t kLargestChunk = 1 << 20;

}  // namespace

char* Arena::Allocate(size_t size, size_t align) {
  const size_t padding = (align - reinterpret_cast<uintptr_t>(next_) % align) % align;
  if (next_ != nullptr && padding + size <= left_) {
    char* place = next_ + padding;
    next_ = place + size;
    left_ -= padding + size;
    return place;
  }
  const size_t regular = std::min(kFirstChunk << std::min<size_t>(chunks_.size(), 8), kLargestChunk);
  const bool apart = size > regular / 4;
  const size_t chunk_size = apart ? std::max<size_t>(size, 1) : regular;
  // operator new[] aligns to 16.
  chunks_.push_back(std::unique_ptr<char[]>(new char[chunk_size]));
  bytes_.fetch_add(chunk_size, std::memory_order_relaxed);
  char* place = chunks_.back().get();
  if (!apart) {
    next_ = place + size;
    left_ = chunk_size - size;
  }
  return place;
}

std::string_view Arena::Copy(std::string_view text) {
  char* place = Allocate(text.size());
  if (!text.empty()) std::memcpy(place, text.data(), text.size());
  return {place, text.size()};
}

}  // namespace signalbox::state
