// The graph on hnswlib 0.6.2. Its index class keeps all members public, so copying, streaming and
// searching with a mask need no change to it. The only file that includes hnswlib.
#include "graph.hpp"

// Its prefetching reads one link past a list. That is inside what malloc hands out for the list,
// whose size is 1 modulo 4, but AddressSanitizer objects; with this there is no prefetching.
#if defined(__SANITIZE_ADDRESS__)
#define NO_MANUAL_VECTORIZATION
#endif
#include <hnswlib/hnswlib.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

#include "kernels.hpp"

namespace signalbox::embedding_knn {
namespace {

// Inner product of vectors of length 1, as hnswlib asks for it.
class UnitSpace final : public hnswlib::SpaceInterface<float> {
 public:
  explicit UnitSpace(size_t dimension) : dimension_(dimension), distance_(PickDistance()) {}
  size_t get_data_size() override { return dimension_ * sizeof(float); }
  hnswlib::DISTFUNC<float> get_dist_func() override { return distance_; }
  void* get_dist_func_param() override { return &dimension_; }

 private:
  size_t dimension_;
  DistanceFunction distance_;
};

}  // namespace

struct Graph::Hnsw {
  Hnsw(const GraphOptions& options, size_t capacity)
      : space(options.dimension), index(&space, capacity, options.links, options.ef_construction) {
    std::memset(static_cast<void*>(index.linkLists_), 0, capacity * sizeof(char*));
  }

  // Upper levels are copied by value; requires levels and lists of the node to be unset.
  void SetLists(size_t node, int level, const char* lists) {
    const size_t bytes = index.size_links_per_element_ * static_cast<size_t>(level);
    if (level > 0) {
      index.linkLists_[node] = static_cast<char*>(std::malloc(bytes + 1));
      if (index.linkLists_[node] == nullptr) throw std::bad_alloc();
      std::memcpy(index.linkLists_[node], lists, bytes);
    }
    index.element_levels_[node] = level;
  }
  // From the top level down to the node nearest to the query on level 1.
  uint32_t Descend(const float* query) const {
    uint32_t node = index.enterpoint_node_;
    float best = Distance(query, node);
    for (int level = index.maxlevel_; level > 0; --level) {
      for (bool changed = true; changed;) {
        changed = false;
        auto* list = index.get_linklist(node, level);
        const size_t count = index.getListCount(list);
        for (size_t i = 1; i <= count; ++i) {
          const float distance = Distance(query, list[i]);
          if (distance >= best) continue;
          best = distance;
          node = list[i];
          changed = true;
        }
      }
    }
    return node;
  }
  float Distance(const float* query, uint32_t node) const {
    return index.fstdistfunc_(query, index.getDataByInternalId(node), index.dist_func_param_);
  }

  UnitSpace space;
  hnswlib::HierarchicalNSW<float> index;
};

Graph::Graph(const GraphOptions& options, size_t capacity)
    : options_(options),
      hnsw_(std::make_unique<Hnsw>(options, std::max<size_t>(capacity, 1))),
      dead_(std::max<size_t>(capacity, 1) / 64 + 1) {}

Graph::~Graph() = default;

void Graph::Reserve(size_t capacity) {
  auto& index = hnsw_->index;
  const size_t former = index.max_elements_;
  if (capacity <= former) return;
  capacity = std::max(capacity, former + former / 8);
  index.resizeIndex(capacity);
  std::memset(static_cast<void*>(index.linkLists_ + former), 0, (capacity - former) * sizeof(char*));
  std::vector<std::atomic<uint64_t>> grown(capacity / 64 + 1);
  for (size_t i = 0; i < dead_.size(); ++i) grown[i] = dead_[i].load(std::memory_order_relaxed);
  dead_.swap(grown);
}

void Graph::ReserveItems(size_t items) {
  if (items > node_of_.size()) node_of_.resize(items, kNoNode);
}

void Graph::CopyFrom(const Graph& source, size_t first, size_t count) {
  auto& to = hnsw_->index;
  const auto& from = source.hnsw_->index;
  const size_t bytes = to.size_data_per_element_;
  std::memcpy(to.data_level0_memory_ + first * bytes, from.data_level0_memory_ + first * bytes,
              count * bytes);
  for (size_t node = first; node < first + count; ++node) {
    hnsw_->SetLists(node, from.element_levels_[node], from.linkLists_[node]);
    to.cur_element_count = node + 1;
  }
}

void Graph::FinishCopy(const Graph& source) {
  auto& to = hnsw_->index;
  to.enterpoint_node_ = source.hnsw_->index.enterpoint_node_;
  to.maxlevel_ = source.hnsw_->index.maxlevel_;
  to.level_generator_.seed(static_cast<unsigned>(to.cur_element_count));
  ReserveItems(source.node_of_.size());
  std::copy(source.node_of_.begin(), source.node_of_.end(), node_of_.begin());
  const size_t words = (to.cur_element_count + 63) / 64;
  for (size_t i = 0; i < words; ++i) dead_[i] = source.dead_[i].load(std::memory_order_relaxed);
  dead_count_ = source.dead();
}

void Graph::StartAppending() { hnsw_->index.label_lookup_.clear(); }

void Graph::Append(Item item, const float* vector) {
  node_of_[item] = hnsw_->index.addPoint(vector, item, -1);
}

void Graph::Seal() {
  auto& index = hnsw_->index;
  decltype(index.label_lookup_)().swap(index.label_lookup_);
  if (index.cur_element_count < index.max_elements_) {
    index.resizeIndex(std::max<size_t>(index.cur_element_count, 1));
  }
  index.element_levels_.shrink_to_fit();
  // Locks are for inserting: 40 bytes a node.
  std::vector<std::mutex>().swap(index.link_list_locks_);
  std::vector<std::mutex>().swap(index.link_list_update_locks_);
}

void Graph::Kill(Item item) {
  if (item >= node_of_.size() || node_of_[item] == kNoNode) return;
  MaskNode(node_of_[item]);
}

void Graph::MaskNode(uint32_t node) {
  const uint64_t bit = uint64_t{1} << (node % 64);
  if ((dead_[node / 64].fetch_or(bit, std::memory_order_relaxed) & bit) == 0) ++dead_count_;
}

size_t Graph::size() const { return hnsw_->index.cur_element_count; }

size_t Graph::memory_bytes() const {
  const auto& index = hnsw_->index;
  const size_t per_node = index.size_data_per_element_ + sizeof(char*) + sizeof(int) + 2 /* visited */;
  // One node in M has an upper level, and M / (M - 1) levels on average; 16 bytes are malloc's.
  const size_t upper = index.size_links_per_element_ + 16;
  return index.max_elements_ * per_node + index.cur_element_count * upper / (options_.links - 1) +
         node_of_.capacity() * sizeof(uint32_t) + dead_.size() * 8;
}

uint32_t Graph::NodeOf(Item item) const {
  if (item >= node_of_.size()) return kNoNode;
  const uint32_t node = node_of_[item];
  return node != kNoNode && alive(node) ? node : kNoNode;
}

const float* Graph::Find(Item item) const {
  const uint32_t node = NodeOf(item);
  return node == kNoNode ? nullptr : VectorAt(node);
}

Item Graph::ItemAt(uint32_t node) const { return static_cast<Item>(hnsw_->index.getExternalLabel(node)); }

const float* Graph::VectorAt(uint32_t node) const {
  return reinterpret_cast<const float*>(hnsw_->index.getDataByInternalId(node));
}

void Graph::Search(const float* query, size_t ef, std::vector<Hit>* hits) const {
  if (size() == 0) return;
  // Not searchKnn: that counts in shared atomics and takes ef from a shared member. Masked nodes
  // are passed through and left out afterwards, so their share is looked at on top.
  const size_t living = std::max(size() - dead(), size() / 16 + 1);
  ef = ef * size() / living;
  auto found = hnsw_->index.searchBaseLayerST<false, false>(hnsw_->Descend(query), query, ef);
  for (; !found.empty(); found.pop()) {
    const auto [distance, node] = found.top();
    if (alive(node)) hits->push_back({1.0f - distance, ItemAt(node)});
  }
}

std::vector<uint64_t> Graph::DeadBits() const {
  std::vector<uint64_t> bits((size() + 63) / 64);
  for (size_t i = 0; i < bits.size(); ++i) bits[i] = dead_[i].load(std::memory_order_relaxed);
  return bits;
}

void Graph::Write(std::span<const uint64_t> dead, Writer& writer) const {
  const auto& index = hnsw_->index;
  const size_t count = index.cur_element_count;
  writer.Fixed<uint32_t>(options_.dimension);
  writer.Fixed<uint32_t>(options_.links);
  writer.Fixed<uint64_t>(count);
  writer.Fixed<uint32_t>(index.enterpoint_node_);
  writer.Fixed<int32_t>(index.maxlevel_);
  writer.Array(dead);
  writer.Write(index.data_level0_memory_, count * index.size_data_per_element_);
  for (size_t node = 0; node < count; ++node)
    writer.Fixed<uint8_t>(static_cast<uint8_t>(index.element_levels_[node]));
  for (size_t node = 0; node < count; ++node) {
    const auto level = static_cast<size_t>(index.element_levels_[node]);
    writer.Write(index.linkLists_[node], level * index.size_links_per_element_);
  }
}

namespace {

[[noreturn]] void Damaged(const char* what) {
  throw InvalidState(std::string("embedding_knn: ") + what + ": build the state again");
}

// Every link leads to a node that has the link's level.
void CheckLinks(const hnswlib::HierarchicalNSW<float>& index) {
  for (size_t node = 0; node < index.cur_element_count; ++node) {
    for (int level = 0; level <= index.element_levels_[node]; ++level) {
      auto* list = index.get_linklist_at_level(static_cast<uint32_t>(node), level);
      const size_t count = index.getListCount(list);
      if (count > (level == 0 ? index.maxM0_ : index.maxM_)) Damaged("a list of links is too long");
      for (size_t i = 1; i <= count; ++i) {
        if (list[i] >= index.cur_element_count || index.element_levels_[list[i]] < level) {
          Damaged("a link leads nowhere");
        }
      }
    }
  }
}

}  // namespace

std::shared_ptr<Graph> Graph::Read(const GraphOptions& options, uint32_t items, Reader& reader) {
  if (reader.Fixed<uint32_t>() != options.dimension || reader.Fixed<uint32_t>() != options.links) {
    Damaged("the snapshot has another dimension or M than the configuration");
  }
  const auto count = reader.Fixed<uint64_t>();
  const auto entry = reader.Fixed<uint32_t>();
  const auto top_level = reader.Fixed<int32_t>();
  const auto dead = reader.Array<uint64_t>();
  // The mask came through a bounded read, so the count that it must match is believable.
  if (count == 0 || count >= kNoNode || dead.size() != (count + 63) / 64 || entry >= count) {
    Damaged("the sizes of the graph disagree");
  }
  auto graph = std::make_shared<Graph>(options, count);
  auto& index = graph->hnsw_->index;
  reader.Read(index.data_level0_memory_, count * index.size_data_per_element_);
  std::vector<uint8_t> levels(count);
  reader.Read(levels.data(), count);
  std::vector<char> lists;
  for (size_t node = 0; node < count; ++node) {
    lists.resize(levels[node] * index.size_links_per_element_);
    reader.Read(lists.data(), lists.size());
    graph->hnsw_->SetLists(node, levels[node], lists.data());
    index.cur_element_count = node + 1;
  }
  if (top_level != levels[entry]) Damaged("the entry point has another level");
  index.enterpoint_node_ = entry;
  index.maxlevel_ = top_level;
  CheckLinks(index);
  graph->ReserveItems(items);
  for (uint32_t node = 0; node < count; ++node) {
    const Item item = graph->ItemAt(node);
    if (item >= items) Damaged("an item is unknown");
    if ((dead[node / 64] >> (node % 64) & 1) != 0) {
      graph->MaskNode(node);
      if (graph->node_of_[item] == kNoNode) graph->node_of_[item] = node;
    } else {
      graph->node_of_[item] = node;
    }
  }
  graph->Seal();
  return graph;
}

}  // namespace signalbox::embedding_knn
