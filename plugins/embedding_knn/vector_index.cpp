// Changing the index: puts and removals, and building the next graph in slices.
#include "vector_index.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <exception>
#include <thread>

namespace signalbox::embedding_knn {

// A graph under construction. A merge copies the sealed graph and inserts the tail; once a fifth
// of the nodes is masked, the living ones are inserted into an empty graph instead.
struct VectorIndex::Build {
  std::unique_ptr<Graph> graph;
  std::shared_ptr<const Graph> source;  // null = none, or done with
  bool copies = false;                  // source's nodes are copied, else inserted
  size_t next_node = 0;                 // of source
  uint32_t next_row = 0;                // of the tail
};

class VectorIndex::Deadline {
 public:
  explicit Deadline(int64_t budget_us)
      : at_(std::chrono::steady_clock::now() + std::chrono::microseconds(budget_us)) {}
  bool passed() const { return std::chrono::steady_clock::now() >= at_; }

 private:
  std::chrono::steady_clock::time_point at_;
};

VectorIndex::VectorIndex(const IndexOptions& options) : options_(options), tail_(options.graph.dimension) {
  Publish();
}

VectorIndex::~VectorIndex() = default;

const float* VectorIndex::FindNow(Item item) const {
  const uint32_t row = tail_.view().Find(item);
  if (row != RowTable::kNoRow) return tail_.view().VectorAt(row);
  return graph_ == nullptr ? nullptr : graph_->Find(item);
}

void VectorIndex::Put(Item item, const float* vector) {
  const float* former = FindNow(item);
  if (former != nullptr && std::memcmp(former, vector, options_.graph.dimension * sizeof(float)) == 0) return;
  Remove(item);
  tail_.Append(item, vector);
  max_item_ = std::max(max_item_, item + size_t{1});
}

void VectorIndex::Remove(Item item) {
  tail_.Kill(item);
  if (graph_ != nullptr) graph_->Kill(item);
  // Also where the build has it already; what it copies or inserts later is masked at its source.
  if (build_ != nullptr) build_->graph->Kill(item);
}

void VectorIndex::Publish() {
  auto view = std::make_shared<const IndexView>(graph_, tail_.view(), generation_);
  const std::lock_guard lock(mutex_);
  published_.swap(view);
}

std::shared_ptr<const IndexView> VectorIndex::view() const {
  const std::lock_guard lock(mutex_);
  return published_;
}

size_t VectorIndex::size() const {
  return tail_.living() + (graph_ == nullptr ? 0 : graph_->size() - graph_->dead());
}

size_t VectorIndex::memory_bytes() const {
  const size_t row = (options_.graph.dimension + 3) * sizeof(float);
  return (graph_ == nullptr ? 0 : graph_->memory_bytes()) + tail_.rows() * row +
         (build_ == nullptr ? 0 : build_->graph->memory_bytes());
}

bool VectorIndex::NeedsBuild() const {
  const bool long_tail = tail_.living() > options_.tail_limit / 2;
  const bool many_dead = graph_ != nullptr && graph_->dead() > 1'000 && graph_->dead() > graph_->size() / 5;
  return long_tail || many_dead;
}

bool VectorIndex::Maintain(int64_t budget_us) {
  const Deadline deadline(budget_us);
  std::erase_if(retired_, [](const auto& graph) { return graph.use_count() == 1; });
  if (build_ == nullptr && !NeedsBuild()) {
    // Many rows, few living ones: the same items were replaced again and again.
    if (tail_.rows() > options_.tail_limit / 2) {
      tail_.Compact();
      Publish();
    }
    return false;
  }
  try {
    if (build_ == nullptr) StartBuild();
    if (build_->source != nullptr) {
      build_->copies ? CopyNodes(deadline) : InsertNodes(deadline);
    }
    if (build_->source == nullptr) InsertRows(deadline);
    if (build_->source != nullptr || build_->next_row < tail_.view().end) return true;
    FinishBuild();
    return NeedsBuild();
  } catch (...) {
    build_.reset();  // the sealed graph and the tail are whole; the next call starts again
    throw;
  }
}

void VectorIndex::StartBuild() {
  auto build = std::make_unique<Build>();
  const size_t nodes = graph_ == nullptr ? 0 : graph_->size();
  const size_t dead = graph_ == nullptr ? 0 : graph_->dead();
  build->source = nodes > dead ? graph_ : nullptr;
  build->copies = dead <= nodes / 5;
  build->graph = std::make_unique<Graph>(options_.graph, nodes + tail_.living());
  build->next_row = tail_.view().begin;
  build_ = std::move(build);
}

void VectorIndex::CopyNodes(const Deadline& deadline) {
  constexpr size_t kStep = 4'096;
  const Graph& source = *build_->source;
  do {
    const size_t count = std::min(kStep, source.size() - build_->next_node);
    build_->graph->CopyFrom(source, build_->next_node, count);
    build_->next_node += count;
  } while (build_->next_node < source.size() && !deadline.passed());
  if (build_->next_node < source.size()) return;
  build_->graph->FinishCopy(source);
  build_->source.reset();
}

void VectorIndex::InsertNodes(const Deadline& deadline) {
  const Graph& source = *build_->source;
  std::vector<Item> items;
  std::vector<const float*> vectors;
  do {
    items.clear(), vectors.clear();
    for (; build_->next_node < source.size() && items.size() < 16 * options_.build_threads;
         ++build_->next_node) {
      const auto node = static_cast<uint32_t>(build_->next_node);
      if (!source.alive(node)) continue;
      items.push_back(source.ItemAt(node));
      vectors.push_back(source.VectorAt(node));
    }
    Insert(items, vectors);
  } while (build_->next_node < source.size() && !deadline.passed());
  if (build_->next_node == source.size()) build_->source.reset();
}

void VectorIndex::InsertRows(const Deadline& deadline) {
  const TailView& tail = tail_.view();
  std::vector<Item> items;
  std::vector<const float*> vectors;
  while (build_->next_row < tail.end && !deadline.passed()) {
    items.clear(), vectors.clear();
    for (; build_->next_row < tail.end && items.size() < 16 * options_.build_threads; ++build_->next_row) {
      if (!tail.alive(build_->next_row)) continue;
      items.push_back(tail.ItemAt(build_->next_row));
      vectors.push_back(tail.VectorAt(build_->next_row));
    }
    Insert(items, vectors);
  }
}

void VectorIndex::Insert(const std::vector<Item>& items, const std::vector<const float*>& vectors) {
  Graph& graph = *build_->graph;
  graph.ReserveItems(max_item_);
  graph.Reserve(graph.size() + items.size());
  graph.StartAppending();
  size_t done = 0;
  if (graph.size() == 0 && !items.empty()) graph.Append(items[0], vectors[0]), done = 1;

  std::atomic<size_t> next{done};
  std::exception_ptr failure;
  std::mutex failure_mutex;
  const auto work = [&] {
    try {
      for (size_t i = next++; i < items.size(); i = next++) {
        graph.Append(items[i], vectors[i]);
      }
    } catch (...) {
      const std::lock_guard lock(failure_mutex);
      failure = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> helpers;
    for (uint32_t i = 1; i < options_.build_threads && items.size() > i; ++i) helpers.emplace_back(work);
    work();
  }
  if (failure) std::rethrow_exception(failure);
}

void VectorIndex::FinishBuild() {
  build_->graph->Seal();
  if (graph_ != nullptr) retired_.push_back(std::move(graph_));
  graph_ = build_->graph->size() == 0 ? nullptr : std::shared_ptr<Graph>(std::move(build_->graph));
  tail_.DropBelow(build_->next_row);
  build_.reset();
  ++generation_;
  Publish();
  std::erase_if(retired_, [](const auto& graph) { return graph.use_count() == 1; });
}

VectorIndex::Frozen VectorIndex::Freeze() {
  Publish();
  Frozen frozen{view(), {}, {}};
  if (graph_ != nullptr) frozen.graph_dead = graph_->DeadBits();
  const TailView& tail = frozen.view->tail();
  for (uint32_t row = tail.begin; row < tail.end; ++row) {
    if (tail.alive(row)) frozen.tail_rows.push_back(row);
  }
  return frozen;
}

void VectorIndex::Write(const Frozen& frozen, Writer& writer) {
  const Graph* graph = frozen.view->graph();
  const TailView& tail = frozen.view->tail();
  writer.Fixed<uint32_t>(static_cast<uint32_t>(frozen.view->dimension()));
  writer.Fixed<uint32_t>(tail.begin);
  writer.Fixed<uint8_t>(graph != nullptr);
  if (graph != nullptr) graph->Write(frozen.graph_dead, writer);
  writer.Fixed<uint64_t>(frozen.tail_rows.size());
  for (const uint32_t row : frozen.tail_rows) {
    writer.Fixed<Item>(tail.ItemAt(row));
    writer.Write(tail.VectorAt(row), tail.dimension * sizeof(float));
  }
}

void VectorIndex::Read(uint32_t items, Reader& reader) {
  if (reader.Fixed<uint32_t>() != options_.graph.dimension) {
    throw InvalidState("embedding_knn: the snapshot has another dimension; build the state again");
  }
  Tail tail(options_.graph.dimension, reader.Fixed<uint32_t>());
  std::shared_ptr<Graph> graph;
  if (reader.Fixed<uint8_t>() != 0) graph = Graph::Read(options_.graph, items, reader);
  std::vector<float> vector(options_.graph.dimension);
  for (auto left = reader.Fixed<uint64_t>(); left > 0; --left) {
    const Item item = reader.Fixed<Item>();
    if (item >= items) throw InvalidState("embedding_knn: an item is unknown; build the state again");
    reader.Read(vector.data(), vector.size() * sizeof(float));
    tail.Append(item, vector.data());
  }
  graph_ = std::move(graph);
  tail_ = std::move(tail);
  max_item_ = items;
  ++generation_;
  Publish();
}

}  // namespace signalbox::embedding_knn
