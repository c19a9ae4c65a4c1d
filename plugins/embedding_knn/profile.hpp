// What a visitor seems to like: the weighted mean of the vectors of what they lately saw.
#pragma once

#include <cstdint>
#include <vector>

#include "index_view.hpp"
#include "signalbox/views.hpp"

namespace signalbox::embedding_knn {

struct ProfileOptions {
  size_t history = 10;        // the newest events that count
  double decay = 0.8;         // of each older event against the one after it
  bool weigh_events = true;   // times the event's weight
  double context_weight = 3;  // of the page's item, which counts as the newest
};

struct Profile {
  struct Part {
    Item item;
    double weight;
  };
  std::vector<float> vector;  // of length 1; empty = nothing is known
  std::vector<Part> parts;    // what it is made of, newest first, items with a vector only
};

Profile MakeProfile(const IndexView& view, const ProfileOptions& options, const History& history,
                    Item context);

}  // namespace signalbox::embedding_knn
