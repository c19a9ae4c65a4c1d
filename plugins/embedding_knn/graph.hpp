// A graph of vectors for approximate nearest-neighbour search: hnswlib behind our own interface.
//
// Life: it is filled by one builder (Append, CopyFrom, Kill), sealed, then only searched and
// masked. Vectors live in it once; a handle finds its node in constant time.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "signalbox/stream.hpp"
#include "signalbox/views.hpp"

namespace signalbox::embedding_knn {

struct GraphOptions {
  uint32_t dimension = 64;
  uint32_t links = 16;             // M: links per node and level, twice that on the lowest
  uint32_t ef_construction = 200;  // candidates looked at while inserting
};

// An item and its similarity (inner product) to a query.
struct Hit {
  float similarity;
  Item item;
};
// Most similar first, ties by item.
inline bool Better(const Hit& a, const Hit& b) {
  return a.similarity != b.similarity ? a.similarity > b.similarity : a.item < b.item;
}

class Graph {
 public:
  static constexpr uint32_t kNoNode = UINT32_MAX;

  // Room for `capacity` nodes, at least 1; Reserve makes more.
  Graph(const GraphOptions& options, size_t capacity);
  ~Graph();
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;

  // --- building; one thread, but for Append ---
  void Reserve(size_t capacity);
  // Room for the nodes of items below `items`. Before Append of such items.
  void ReserveItems(size_t items);
  // Copies nodes [first, first + count) of a sealed graph, in order, starting with an empty graph;
  // after the last one, FinishCopy copies the rest (which items are where, and what is masked).
  void CopyFrom(const Graph& source, size_t first, size_t count);
  void FinishCopy(const Graph& source);
  // Before each run of Append: forgets labels. hnswlib would turn a second insert of a label into
  // its costly and lossy update in place, and its table of labels is 40 bytes a node.
  void StartAppending();
  // Adds a vector of length 1. Several threads may append at once, each other items, provided the
  // graph has a node already. Requires: the item was not appended since StartAppending.
  void Append(Item item, const float* vector);
  // Gives back what only building needs.
  void Seal();

  // --- any time ---
  // Masks the item's node, if it has one. One thread; beside searches.
  void Kill(Item item);
  size_t size() const;  // nodes, masked ones too
  size_t dead() const { return dead_count_.load(std::memory_order_relaxed); }
  size_t memory_bytes() const;

  // --- sealed; any thread ---
  // The item's vector, or null. Valid while the graph lives.
  const float* Find(Item item) const;
  // Where Find would look, for prefetching; null = nowhere.
  const void* Hint(Item item) const { return item < node_of_.size() ? &node_of_[item] : nullptr; }
  uint32_t NodeOf(Item item) const;  // kNoNode = none, or masked
  bool alive(uint32_t node) const {
    return (dead_[node / 64].load(std::memory_order_relaxed) >> (node % 64) & 1) == 0;
  }
  Item ItemAt(uint32_t node) const;
  const float* VectorAt(uint32_t node) const;
  // About the ef nodes found nearest, without masked ones, in no order, appended to `hits`.
  void Search(const float* query, size_t ef, std::vector<Hit>* hits) const;
  // The mask now, for a snapshot.
  std::vector<uint64_t> DeadBits() const;

  // `dead` is what DeadBits gave. Read checks everything that memory safety rests on and throws
  // InvalidState; what it returns is sealed.
  void Write(std::span<const uint64_t> dead, Writer& writer) const;
  static std::shared_ptr<Graph> Read(const GraphOptions& options, uint32_t items, Reader& reader);

 private:
  struct Hnsw;

  void MaskNode(uint32_t node);

  GraphOptions options_;
  std::unique_ptr<Hnsw> hnsw_;
  std::vector<uint32_t> node_of_;  // by item: its newest node
  std::vector<std::atomic<uint64_t>> dead_;
  std::atomic<size_t> dead_count_{0};
};

}  // namespace signalbox::embedding_knn
