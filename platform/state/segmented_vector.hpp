// An append-only vector whose elements never move, readable while it grows.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cassert>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <type_traits>

namespace signalbox::state {

// Segments of kFirst, 2 kFirst, 4 kFirst ... elements; untouched pages of the last one cost nothing.
//
// Threads: Append by one thread at a time; reads of elements below size() from any.
template <typename T, uint32_t kFirst>
class SegmentedVector {
  static_assert(std::is_trivially_copyable_v<T> && std::has_single_bit(kFirst));

 public:
  SegmentedVector() = default;
  ~SegmentedVector() {
    for (auto& segment : segments_) std::free(segment.load(std::memory_order_relaxed));
  }
  SegmentedVector(const SegmentedVector&) = delete;
  SegmentedVector& operator=(const SegmentedVector&) = delete;

  uint32_t size() const { return size_.load(std::memory_order_acquire); }

  // Requires: index < size(), or the index came from a thread that saw it so.
  const T& operator[](uint32_t index) const {
    const Place place = PlaceOf(index);
    return segments_[place.segment].load(std::memory_order_acquire)[place.offset];
  }

  // The new element's index.
  uint32_t Append(const T& value) {
    const uint32_t index = size_.load(std::memory_order_relaxed);
    const Place place = PlaceOf(index);
    T* segment = segments_[place.segment].load(std::memory_order_relaxed);
    if (segment == nullptr) {
      segment = static_cast<T*>(std::calloc(size_t{kFirst} << place.segment, sizeof(T)));
      if (segment == nullptr) throw std::bad_alloc();
      segments_[place.segment].store(segment, std::memory_order_release);
    }
    segment[place.offset] = value;
    size_.store(index + 1, std::memory_order_release);
    return index;
  }

  size_t memory_bytes() const { return size_t{size()} * sizeof(T); }

 private:
  struct Place {
    uint32_t segment;
    uint64_t offset;
  };
  static Place PlaceOf(uint32_t index) {
    const uint64_t shifted = uint64_t{index} + kFirst;
    const auto segment = static_cast<uint32_t>(std::bit_width(shifted) - std::bit_width(uint64_t{kFirst}));
    return {segment, shifted - (uint64_t{kFirst} << segment)};
  }

  std::array<std::atomic<T*>, 33> segments_{};
  std::atomic<uint32_t> size_{0};
};

}  // namespace signalbox::state
