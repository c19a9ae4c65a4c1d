// The vectors of a catalogue, searchable while they change: a sealed graph, a small tail scanned
// exactly, and a graph under construction that replaces both.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "graph.hpp"
#include "index_view.hpp"
#include "signalbox/stream.hpp"
#include "tail.hpp"

namespace signalbox::embedding_knn {

struct IndexOptions {
  GraphOptions graph;
  uint32_t tail_limit = 4'096;  // a new graph is begun at half of it
  uint32_t build_threads = 1;
};

// Threads: writers (Put, Remove, Publish, Maintain, Freeze) from one thread at a time; view() from
//          any, also beside them.
// Memory:  a vector is held once, in the graph or in the tail; while a graph is built, twice.
class VectorIndex {
 public:
  explicit VectorIndex(const IndexOptions& options);
  ~VectorIndex();

  // The item's vector, of length 1, `dimension` long; the same as before costs nothing.
  void Put(Item item, const float* vector);
  void Remove(Item item);
  // Makes what was put visible; what was removed or replaced is so at once.
  void Publish();

  // Builds on for about budget_us. True = there is more to do.
  bool Maintain(int64_t budget_us);

  // Never null.
  std::shared_ptr<const IndexView> view() const;
  size_t size() const;  // items with a vector
  bool building() const { return build_ != nullptr; }
  size_t memory_bytes() const;

  // What a snapshot needs, consistent, without copying a vector.
  struct Frozen {
    std::shared_ptr<const IndexView> view;
    std::vector<uint64_t> graph_dead;
    std::vector<uint32_t> tail_rows;  // the living ones
  };
  Frozen Freeze();
  static void Write(const Frozen& frozen, Writer& writer);
  // On a fresh index. Items are below `items`. Throws InvalidState.
  void Read(uint32_t items, Reader& reader);

 private:
  struct Build;
  class Deadline;

  const float* FindNow(Item item) const;
  bool NeedsBuild() const;
  void StartBuild();
  void CopyNodes(const Deadline& deadline);
  void InsertNodes(const Deadline& deadline);
  void InsertRows(const Deadline& deadline);
  void Insert(const std::vector<Item>& items, const std::vector<const float*>& vectors);
  void FinishBuild();

  IndexOptions options_;
  std::shared_ptr<Graph> graph_;  // sealed; null = none yet
  Tail tail_;
  // Swapped out and perhaps still read: let go of here, since freeing one takes milliseconds that
  // no request should pay.
  std::vector<std::shared_ptr<const Graph>> retired_;
  std::unique_ptr<Build> build_;
  uint64_t generation_ = 0;
  size_t max_item_ = 0;       // every item put is below it
  mutable std::mutex mutex_;  // of published_
  std::shared_ptr<const IndexView> published_;
};

}  // namespace signalbox::embedding_knn
