// Runs a plan against a recommender: teaches all of it, then asks every question.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "ports/recommender.hpp"
#include "train/metrics.hpp"
#include "train/protocols.hpp"

namespace signalbox::train {

// What is evaluated. teach and put_items return when what they were given is applied.
struct Subject {
  ports::Recommender* recommender = nullptr;
  std::function<Result<void>(std::vector<model::LogRecord>)> teach;
  std::function<Result<void>(std::vector<model::Item>)> put_items;
  std::function<void(int64_t)> set_now;
};

struct EvaluationSettings {
  std::string scenario;              // empty = the default
  std::vector<std::string> signals;  // each is asked alone besides the blend
  std::vector<uint32_t> ks = {20};   // 1-100, ascending
  uint32_t resamples = 1000;
  uint64_t seed = 1;
  // Called often with what is done; may be empty.
  std::function<void(const std::string& step, size_t done, size_t all)> progress;
};

struct GroupHits {
  double hr = 0;  // at the largest k
  size_t queries = 0;
};

// The blend's figures, or one signal's.
struct Figures {
  std::vector<RankingAt> ranking;  // one per k
  double coverage = 0;             // items recommended at least once / items known
  double mean_popularity = 0;      // taught events of a recommended item, mean over all places
  double gini = 0;
  GroupHits head, middle, tail;  // by the popularity of the held-out item
  GroupHits cold;                // asked from at most one event
  double mean_length = 0;        // of the lists
  size_t degraded = 0;           // answers in which a signal gave no column
  int64_t p50_us = 0, p99_us = 0;
  double mean_us = 0;
};

struct EvaluationReport {
  std::string protocol;
  size_t taught_events = 0;
  size_t known_items = 0;  // taught or in the catalogue
  size_t queries = 0;
  size_t unknown_truths = 0;  // held-out items that train never saw: always missed by their history
  double teach_seconds = 0;
  int64_t rss_before_bytes = 0, rss_taught_bytes = 0, rss_peak_bytes = 0;
  Figures blend;
  std::vector<std::pair<std::string, Figures>> signals;
};

// All is taught before the first question is asked, and nothing after it: an error of either
// ends the run. Takes the plan's catalogue and rows out of it.
Result<EvaluationReport> Evaluate(Plan* plan, const EvaluationSettings& settings, const Subject& subject);

}  // namespace signalbox::train
