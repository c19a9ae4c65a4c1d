// Port: replaying recent events against two revisions to see which one guesses better.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/revision.hpp"

namespace signalbox::ports {

struct BacktestRequest {
  model::Revision draft;
  model::Revision published;  // number 0 = none: native default weights
  // What else is in force: what the two may extend or fall back to.
  std::vector<model::Revision> others;
  int days = 7;           // of the log, up to its end
  size_t queries = 2000;  // held-out events that are asked for, evenly spread; at most
};

// A value with its 95 % interval, by the bootstrap over queries.
struct BacktestMeasure {
  double value = 0, low = 0, high = 0;
};

struct BacktestFigures {
  BacktestMeasure hit_rate, mrr, ndcg;  // within the first k
  double coverage = 0;                  // items recommended at least once / items known
  double mean_popularity = 0;           // events of a recommended item, mean over all places
};

struct BacktestReport {
  uint32_t k = 10;
  size_t events = 0;   // replayed
  size_t queries = 0;  // asked
  BacktestFigures published, draft;
};

// Threads: one run at a time.
class Backtester {
 public:
  // False = stop.
  using Progress = std::function<bool(const std::string& step, size_t done, size_t all)>;

  virtual ~Backtester() = default;

  // Replays the events one after another, in the order of time, into a state of its own, and asks both
  // revisions for each held-out event with the state as of just before it. Takes long, and disturbs serving
  // only by its use of the machine. Errors: kInvalidArgument: the scripts', or too few events; kConflict:
  // progress said stop;
  //         kUnavailable.
  virtual Result<BacktestReport> Run(const BacktestRequest& request, const Progress& progress) = 0;
};

}  // namespace signalbox::ports
