// Keeping neighbours, and bringing kept ones up to date.
#include "neighbour_cache.hpp"

#include <algorithm>

namespace signalbox::embedding_knn {

NeighbourCache::NeighbourCache(size_t capacity) : slots_per_shard_((capacity + kShards - 1) / kShards) {}

std::shared_ptr<const Neighbours> NeighbourCache::Get(Item item) {
  Shard& shard = ShardOf(item);
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.slot_of.find(item);
  if (found == shard.slot_of.end()) return nullptr;
  Slot& slot = shard.slots[found->second];
  slot.used_lately = true;
  return slot.neighbours;
}

void NeighbourCache::Put(Item item, std::shared_ptr<const Neighbours> neighbours) {
  if (slots_per_shard_ == 0) return;
  Shard& shard = ShardOf(item);
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.slot_of.find(item);
  if (found != shard.slot_of.end()) {
    shard.slots[found->second].neighbours = std::move(neighbours);
    return;
  }
  if (shard.slots.size() < slots_per_shard_) {
    shard.slot_of[item] = static_cast<uint32_t>(shard.slots.size());
    shard.slots.push_back({item, false, std::move(neighbours)});
    return;
  }
  while (shard.slots[shard.hand].used_lately) {
    shard.slots[shard.hand].used_lately = false;
    shard.hand = (shard.hand + 1) % shard.slots.size();
  }
  Slot& slot = shard.slots[shard.hand];
  shard.slot_of.erase(slot.item);
  shard.slot_of[item] = static_cast<uint32_t>(shard.hand);
  slot = {item, false, std::move(neighbours)};
  shard.hand = (shard.hand + 1) % shard.slots.size();
}

namespace {

// What was kept, without items whose vector has gone or changed, and with the tail's newer rows.
std::shared_ptr<Neighbours> WithNewRows(const IndexView& view, const Neighbours& kept, const Query& query) {
  auto fresh = std::make_shared<Neighbours>(kept);
  std::erase_if(fresh->hits, [&](const Hit& hit) {
    const uint32_t row = view.tail().Find(hit.item);
    return row == RowTable::kNoRow ? view.Find(hit.item) == nullptr : row >= kept.tail_end;
  });
  const std::vector<Hit> newer = view.SearchTail(query, kept.tail_end);
  fresh->hits.insert(fresh->hits.end(), newer.begin(), newer.end());
  KeepBest(&fresh->hits, query.count);
  fresh->tail_end = view.tail().end;
  return fresh;
}

}  // namespace

std::shared_ptr<const Neighbours> FindNeighbours(const IndexView& view, NeighbourCache& cache, Item item,
                                                 size_t count, size_t ef, bool* searched) {
  const Place place = view.PlaceOf(item);
  const float* vector = view.Find(item);
  if (place == Place() || vector == nullptr) return std::make_shared<Neighbours>();
  const Query query{vector, count, ef, item, {}};
  const auto kept = cache.Get(item);
  if (kept != nullptr && kept->generation == view.generation() && kept->place == place) {
    if (kept->tail_end >= view.tail().end) return kept;
    auto fresh = WithNewRows(view, *kept, query);
    cache.Put(item, fresh);
    return fresh;
  }
  if (searched != nullptr) *searched = true;
  auto found = std::make_shared<Neighbours>();
  *found = {view.generation(), place, view.tail().end, view.Search(query)};
  cache.Put(item, found);
  return found;
}

}  // namespace signalbox::embedding_knn
