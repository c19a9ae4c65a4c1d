// Scoring a visitor's next items: VMIS-kNN over the index, with VSTAN-style weights and a learnt
// chance of going back.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "signalbox/plugin.hpp"
#include "signalbox/sparse_sums.hpp"
#include "visit_index.hpp"

namespace signalbox::session {

// The formula's constants; README.md has the formula. A decay of 0 = none.
struct Weights {
  bool whole_history = false;  // query by the whole history instead of the current session
  uint32_t query_items = 10;
  uint32_t neighbours = 100;
  uint32_t scan_budget = 2000;  // entries of items' session lists looked at
  float query_decay = 2;
  float idf_power = 2;
  float recency_days = 30;
  bool sum_matches = false;  // else the best match counts
  float match_decay = 6;
  float distance_decay = 6;
  float backward = 1;
  float same_item = 0.3f;
  float item_idf_power = 0.5f;
  float current_item = 0;
  float earlier_items = 1;
  float repeat_weight = 2;
  float revisit_weight = 1;
  float repeat_smoothing = 20;
  float repeat_item_prior = 80;

  static Weights From(const Config& config);
};

// Weights as tables, worked out once.
class Scorer {
 public:
  explicit Scorer(const Weights& weights);

  // One request's work; empties itself.
  struct Work {
    std::vector<Item> query;  // distinct, newest first
    uint32_t situation = 0;
    SparseSums similarity;                               // by session number
    std::vector<uint32_t> listed;                        // an item's sessions
    std::vector<std::pair<float, uint32_t>> similar;     // similarity, session number; room, mostly
    std::vector<std::pair<float, uint32_t>> neighbours;  // the nearest of them
    SparseSums scores;                                   // by item; the first are the query's
    std::vector<Item> items;
    std::vector<uint32_t> entries;
    std::vector<float> counts;  // sessions of each item
  };
  // items: every handle is below it, but for those that are new.
  void Run(const VisitIndex& index, const Request& request, uint32_t items, Work* work) const;
  // What the visitor's newest events are about: the query and its situation.
  void ReadQuery(const Request& request, Work* work) const;

 private:
  void FindNeighbours(const VisitIndex& index, uint64_t sessions, Work* work) const;
  void KeepNearest(const VisitIndex& index, const Request& request, uint64_t sessions, Work* work) const;
  void ScoreItems(const VisitIndex& index, uint32_t items, Work* work) const;
  void AddNeighbour(float similarity, size_t count, Work* work) const;
  void Share(const VisitIndex& index, uint64_t sessions, Work* work) const;
  void AddRepeats(const VisitIndex& index, Work* work) const;

  Weights weights_;
  std::vector<float> by_rank_;      // of a query item
  std::vector<float> by_match_;     // rank of the matched query item
  std::vector<float> by_distance_;  // [-255, 255] in a neighbour, from kSame
};

}  // namespace signalbox::session
