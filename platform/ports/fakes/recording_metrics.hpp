// Fake: metrics that keep their values for tests; who does not ask them has a no-op.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "ports/metrics.hpp"

namespace signalbox::ports::fakes {

// Threads: every member is safe from any thread.
class RecordingMetrics final : public Metrics {
 public:
  Counter& GetCounter(const std::string& name, const std::string& help, const Labels& labels = {}) override;
  Gauge& GetGauge(const std::string& name, const std::string& help, const Labels& labels = {}) override;
  Histogram& GetHistogram(const std::string& name, const std::string& help,
                          const std::vector<double>& buckets, const Labels& labels = {}) override;
  // "name{label="value"} 3" a line, sorted; a histogram is name_count and name_sum.
  std::string Expose() const override;

  // A counter's or gauge's value; 0 = never touched.
  double Value(const std::string& name, const Labels& labels = {}) const;
  // What a histogram was given, in order, up to the first 10,000.
  std::vector<double> Observations(const std::string& name, const Labels& labels = {}) const;

 private:
  struct Cell;
  Cell& Find(const std::string& name, const Labels& labels);

  mutable std::mutex mutex_;
  std::map<std::pair<std::string, Labels>, std::shared_ptr<Cell>> cells_;  // guarded by mutex_
};

}  // namespace signalbox::ports::fakes
