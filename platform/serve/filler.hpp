// What fills a list that the scenario's own candidates left short: the scenario it names as its
// fallback, then popular items, then the newest.
#pragma once

#include "serve/pipeline.hpp"

namespace signalbox::serve {

// Adds to the pool of its pipeline, never what the pipeline's filters and rules drop. Items that nothing
// in the scenario scored carry score 0. Threads and lifetime: the pipeline's.
class Filler {
 public:
  static constexpr int kMaxFallbacks = 3;  // one after the other

  explicit Filler(Pipeline& pipeline) : pipeline_(pipeline), scratch_(pipeline.scratch_) {}

  void Fill();
  // depth: how many fallbacks led here.
  void FillFromFallback(int depth);

 private:
  bool Short() const { return scratch_.pool.size() < scratch_.list_maker.pool(); }
  void FillFromPopular();
  void FillFromNewest();
  // Whether row `row` of `items` may be added.
  bool Passes(std::span<const sb_item> items, uint32_t row);
  void Add(sb_item item, std::string_view reason);

  Pipeline& pipeline_;
  Scratch& scratch_;
};

}  // namespace signalbox::serve
