// A consistent view of the vectors: the sealed graph and the tail beside it, as readers see them.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "graph.hpp"
#include "signalbox/views.hpp"
#include "tail.hpp"

namespace signalbox::embedding_knn {

// What a search is for.
struct Query {
  const float* vector = nullptr;  // of length 1
  size_t count = 100;             // hits wanted
  size_t ef = 100;                // candidates looked at in the graph; at least `count` are
  Item exclude = kNoItem;         // never a hit
  Eligible eligible;              // others are never hits
};

// Where an item's present vector is; changes when the vector does.
struct Place {
  uint64_t value = UINT64_MAX;  // UINT64_MAX = it has none
  bool operator==(const Place&) const = default;
};

// Threads: any. Lifetime: vectors it gives live as long as it does.
class IndexView {
 public:
  // Rows of the tail that one search looks at: while a graph is built for more new items than
  // that (a first load), only the newest are found by search. All can be scored.
  static constexpr uint32_t kScanLimit = 16'384;
  // Up to so many eligible items are scanned exactly when few of the nearest are eligible.
  static constexpr size_t kExactLimit = 20'000;
  // Searches under a filter widen up to so many candidates in the graph.
  static constexpr size_t kMaxEf = 4'000;

  IndexView(std::shared_ptr<const Graph> graph, TailView tail, uint64_t generation);

  size_t dimension() const { return tail_.dimension; }
  // Grows with each graph that is swapped in.
  uint64_t generation() const { return generation_; }
  const Graph* graph() const { return graph_.get(); }  // null = none yet
  const TailView& tail() const { return tail_; }

  // Null = the item has no vector.
  const float* Find(Item item) const;
  Place PlaceOf(Item item) const;
  // scores[i] = vector · the vector of items[i]; left as it is where there is none.
  void Score(const float* vector, std::span<const Item> items, std::span<float> scores) const;

  // The nearest, best first. Without a filter it is one search of the graph and one scan of the
  // tail; with one that leaves few items it is a scan of those, else a wider search.
  std::vector<Hit> Search(const Query& query) const;
  // Only rows of the tail from `first` on.
  std::vector<Hit> SearchTail(const Query& query, uint32_t first) const;

 private:
  std::vector<Hit> SearchOnce(const Query& query, size_t ef) const;
  std::vector<Hit> SearchFiltered(const Query& query) const;
  std::vector<Hit> ScanEligible(const Query& query) const;
  void ScanTail(const Query& query, uint32_t first, std::vector<Hit>* hits) const;

  std::shared_ptr<const Graph> graph_;
  TailView tail_;
  uint64_t generation_;
};

// Keeps the best `count`, best first.
void KeepBest(std::vector<Hit>* hits, size_t count);

// Share of eligible items, from a sample of the bitmap.
double EligibleShare(const Eligible& eligible);
// Below it a search widens from the start.
inline constexpr double kOpenShare = 0.5;

}  // namespace signalbox::embedding_knn
