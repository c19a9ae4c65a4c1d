// Asks before it teaches: a stretch of events in the order of time, each held-out one asked for with the
// state that all events before it made, and none after.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "ports/recommender.hpp"
#include "train/interactions.hpp"
#include "train/metrics.hpp"

namespace signalbox::train {

struct PrequentialSettings {
  std::string scenario;
  uint32_t k = 10;
  size_t queries = 2000;  // at most, evenly spread over the events after the first quarter
  uint32_t resamples = 1000;
  uint64_t seed = 1;
};

struct PrequentialSubject {
  std::vector<ports::Recommender*> recommenders;  // each is asked every question
  // In the order of time. When it returns, serving knows of them.
  std::function<Result<void>(std::vector<model::LogRecord>)> teach;
  std::function<void(int64_t)> set_now;
  // False = stop.
  std::function<bool(const std::string& step, size_t done, size_t all)> progress;
};

struct PrequentialFigures {
  RankingAt ranking;
  double coverage = 0;         // items recommended at least once / items in the events
  double mean_popularity = 0;  // events of a recommended item in the stretch, mean over all places
};

struct PrequentialReport {
  size_t events = 0;
  size_t queries = 0;
  std::vector<PrequentialFigures> figures;  // one per recommender
};

// Each question asks for the visitor, at the time of the held-out event and on the page of the item before
// it, when every event before it in the order of time was taught, and takes the held-out item as the answer.
// A visitor's first event, and one of the item before it, are not asked for.
//
// Errors: kInvalidArgument where nothing can be asked; kConflict where progress said stop; those of the
//         recommenders and of teach.
Result<PrequentialReport> AskThenTeach(const Interactions& events, const PrequentialSettings& settings,
                                       const PrequentialSubject& subject);

}  // namespace signalbox::train
