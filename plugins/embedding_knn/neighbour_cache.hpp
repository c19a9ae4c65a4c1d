// Neighbours of items, kept so that a page view need not search again: bounded, sharded, with the
// clock algorithm (second chance) choosing what falls out.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "index_view.hpp"

namespace signalbox::embedding_knn {

// The neighbours of one item's vector, as they were found.
struct Neighbours {
  uint64_t generation = 0;  // of the graph they come from
  Place place;              // of the vector they were found for
  uint32_t tail_end = 0;    // rows of the tail below it were looked at
  std::vector<Hit> hits;
};

// Threads: any.
class NeighbourCache {
 public:
  explicit NeighbourCache(size_t capacity);  // 0 = keeps nothing

  // Null = not kept.
  std::shared_ptr<const Neighbours> Get(Item item);
  void Put(Item item, std::shared_ptr<const Neighbours> neighbours);

 private:
  static constexpr size_t kShards = 16;
  struct Slot {
    Item item = kNoItem;
    bool used_lately = false;
    std::shared_ptr<const Neighbours> neighbours;
  };
  struct Shard {
    std::mutex mutex;
    std::unordered_map<Item, uint32_t> slot_of;
    std::vector<Slot> slots;
    size_t hand = 0;
  };
  Shard& ShardOf(Item item) { return shards_[item % kShards]; }

  size_t slots_per_shard_;
  std::array<Shard, kShards> shards_;
};

// The `count` nearest to the item's own vector without itself, from the cache or by one search.
// Rows that came to the tail since are looked at in addition, so a new item appears at once.
// `searched` (may be null) is set when the graph was searched. Empty if the item has no vector.
std::shared_ptr<const Neighbours> FindNeighbours(const IndexView& view, NeighbourCache& cache, Item item,
                                                 size_t count, size_t ef, bool* searched);

}  // namespace signalbox::embedding_knn
