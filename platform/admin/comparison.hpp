// Two revisions asked for the same visitors, and how their lists differ.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "admin/visitors.hpp"

namespace signalbox::admin {

// One visitor's two lists. An answer that failed is empty and says why.
struct Pair {
  Asker asker;
  model::RecommendResponse published, draft;
  std::string published_error, draft_error;
  double changed_top = 0;  // share of the first 10 of the draft that are not among the published first 10
};

// Over all visitors.
struct ListFigures {
  size_t distinct_items = 0;
  double coverage = 0;   // distinct items recommended / distinct items that either revision considered
  double diversity = 0;  // share of pairs within a list whose categories differ, mean over lists
  int64_t mean_micros = 0;
  size_t failed = 0;  // answers that failed, or whose script did
};

struct Comparison {
  std::vector<Pair> pairs;
  ListFigures published, draft;
  double changed_top = 0;  // the mean
};

// published: null = what visitors get now. Errors: those of compiling either.
Result<Comparison> Compare(const Call& call, const model::Revision* published, const model::Revision& draft,
                           std::vector<Asker> askers);

}  // namespace signalbox::admin
