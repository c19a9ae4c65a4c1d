// The protocols of evaluation: what is taught, what is then asked, and what the answer should be.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/recommendation.hpp"
#include "train/interactions.hpp"

namespace signalbox::train {

// One question. Numbers are those of Plan::data.
struct Query {
  uint32_t truth = 0;                           // the item that came next
  uint32_t visitor = Names::kNone;              // a user the node knows; kNone = only the history is known
  uint32_t history_begin = 0, history_end = 0;  // in Plan::histories
  int64_t now_ms = 0;                           // 0 = the end of train
};

// A protocol applied to data. Nothing of what is asked is in data.rows.
struct Plan {
  std::string protocol;
  Interactions data;                // rows: what to teach, in this order
  std::vector<uint32_t> histories;  // items of the queries, oldest first
  std::vector<Query> queries;
  bool exclude_history = false;  // leave-one-out: what the user has seen is not asked for
  int64_t end_of_train_ms = 0;
  std::vector<uint32_t> popularity;  // taught events per item of data.items
  uint64_t refused_tests = 0;        // test lines that could not be read
  std::vector<RefusedLine> first_refused_tests;

  std::span<const uint32_t> History(const Query& query) const {
    return std::span(histories).subspan(query.history_begin, query.history_end - query.history_begin);
  }
  // count, scenario and only_signals are left to the caller.
  model::RecommendRequest Request(const Query& query) const;
};

// Predicts each next click of the test sessions from the clicks before it, state frozen after
// train. The test file holds "prefix<TAB>next item" lines, or whole sessions in the format of
// train, replayed click by click; the clock stands at the last click known.
//
// end_ms: where train ends if it has no times.
// Errors: those of the files; kInvalidArgument when nothing can be asked.
Result<Plan> PlanNextItem(Format format, const std::filesystem::path& train,
                          const std::filesystem::path& test, int64_t end_ms);

// Holds out each user's last event (by time, equal times by line), all before anything is
// taught, and predicts it at its own time from what remains, seen items excluded. A user's only
// event is held out too: such a user is cold.
Result<Plan> PlanLeaveOneOut(Format format, const std::filesystem::path& train, int64_t end_ms);

// Keeps `limit` queries, evenly spread; 0 keeps all.
void LimitQueries(size_t limit, Plan* plan);

}  // namespace signalbox::train
