// A set of non-zero 64-bit hashes that is copied as fast as memory is.
#pragma once

#include <cstdint>
#include <vector>

namespace signalbox::state {

// Open addressing, 9 to 18 bytes an id. A flat_hash_set copies by inserting: 10 M ids take 0.2 s,
// here 0.05 s, and a snapshot copies the current hour while updates wait.
class IdSet {
 public:
  // True if it was not there. Requires: id != 0; ids are keyed hashes, used as they are.
  bool Insert(uint64_t id) {
    if ((size_ + 1) * 8 > slots_.size() * 7) Grow();
    for (uint64_t i = id & mask();; i = (i + 1) & mask()) {
      if (slots_[i] == id) return false;
      if (slots_[i] != 0) continue;
      slots_[i] = id;
      ++size_;
      return true;
    }
  }
  bool Contains(uint64_t id) const {
    if (slots_.empty()) return false;
    for (uint64_t i = id & mask(); slots_[i] != 0; i = (i + 1) & mask()) {
      if (slots_[i] == id) return true;
    }
    return false;
  }
  void Prefetch(uint64_t id) const {
    if (!slots_.empty()) __builtin_prefetch(&slots_[id & mask()]);
  }
  void Reserve(size_t count) {
    while (slots_.size() * 7 < (count + 1) * 8) Grow();
  }
  template <typename Visit>
  void ForEach(Visit&& visit) const {
    for (const uint64_t id : slots_) {
      if (id != 0) visit(id);
    }
  }
  size_t size() const { return size_; }
  size_t memory_bytes() const { return sizeof *this + slots_.capacity() * sizeof(uint64_t); }

 private:
  uint64_t mask() const { return slots_.size() - 1; }
  void Grow() {
    std::vector<uint64_t> former(slots_.empty() ? 16 : slots_.size() * 2);
    former.swap(slots_);
    for (const uint64_t id : former) {
      if (id == 0) continue;
      uint64_t i = id & mask();
      while (slots_[i] != 0) i = (i + 1) & mask();
      slots_[i] = id;
    }
  }

  std::vector<uint64_t> slots_;  // 0 = free; a power of two of them
  size_t size_ = 0;
};

}  // namespace signalbox::state
