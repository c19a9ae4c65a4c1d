// Items ordered by when they were made, newest first; readers see immutable versions.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "signalbox/views.hpp"

namespace signalbox::recency {

// A sorted list in blocks that are copied when written, so a change costs one block and the list
// of blocks, not the whole.
//
// Order:   time descending, then item ascending. An item is in it at most once.
// Threads: Set, Remove and Publish from one thread at a time; version() from any.
class NewestFirst {
 public:
  static constexpr size_t kBlockSize = 512;
  struct Entry {
    int64_t time_ms;
    Item item;
  };
  struct Block {
    uint64_t owner;  // the publication it was made for: only then may it be written
    uint32_t size = 0;
    std::array<int64_t, kBlockSize> times_ms;
    std::array<Item, kBlockSize> items;
  };
  using Version = std::vector<std::shared_ptr<const Block>>;

  NewestFirst();

  // Puts the item at a time, from wherever it was.
  void Set(Item item, int64_t time_ms);
  void Remove(Item item);
  // Makes the changes visible.
  void Publish();

  // Never null; blocks in order, none empty.
  std::shared_ptr<const Version> version() const;
  size_t size() const { return size_; }

  // Calls visit(entry) from the newest on, until it returns false.
  template <typename Visit>
  static void ForEach(const Version& version, Visit visit) {
    for (const auto& block : version) {
      for (uint32_t i = 0; i < block->size; ++i) {
        if (!visit(Entry{block->times_ms[i], block->items[i]})) return;
      }
    }
  }

 private:
  static constexpr int64_t kAbsent = std::numeric_limits<int64_t>::min();

  size_t BlockOf(const Entry& entry) const;
  Block& Writable(size_t index);
  void Insert(const Entry& entry);
  void Erase(const Entry& entry);

  std::vector<std::shared_ptr<Block>> blocks_;
  std::vector<int64_t> times_ms_;  // by item; kAbsent = not in the list
  size_t size_ = 0;
  uint64_t owner_ = 1;
  mutable std::mutex mutex_;  // of published_
  std::shared_ptr<const Version> published_;
};

}  // namespace signalbox::recency
