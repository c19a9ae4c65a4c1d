// What became of every candidate of a request, for previews and explanations.
#pragma once

#include <string>
#include <vector>

#include "serve/pipeline.hpp"

namespace signalbox::serve {

// Reads a pipeline that has run with request.trace. Threads and lifetime: the pipeline's.
class Tracer {
 public:
  explicit Tracer(Pipeline& pipeline) : pipeline_(pipeline), scratch_(pipeline.scratch_) {}

  // Every candidate, the list first, then by blend; then those of request.trace_items that nothing
  // offered; items unknown to the tenant are left out.
  model::Trace Build();

 private:
  struct Place {
    uint32_t rank = 0;  // from 1; 0 = not in the list
    const ListEntry* entry = nullptr;
  };
  Place PlaceOf(sb_item item) const;
  model::TracedCandidate OfRow(uint32_t row, uint32_t blend_rank);
  model::TracedCandidate OfFilledUp(const ListEntry& entry, uint32_t rank);
  model::TracedCandidate OfAbsent(sb_item item);
  void NameSignals(sb_item item, model::TracedCandidate* out) const;
  void AddTexts(sb_item item, model::TracedCandidate* out) const;
  bool Named(sb_item item) const;
  std::string DropOf(uint32_t row) const;
  std::string WhyNotOffered(sb_item item) const;
  model::ItemKey KeyOf(sb_item item) const;
  std::vector<model::RuleEffect> Effects() const;

  Pipeline& pipeline_;
  Scratch& scratch_;
};

}  // namespace signalbox::serve
