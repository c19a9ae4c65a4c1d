// Port: counters, gauges and histograms.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace signalbox::ports {

using Labels = std::map<std::string, std::string>;

// Handles are owned by Metrics and live as long as it does. Threads: any.
class Counter {
 public:
  virtual ~Counter() = default;
  virtual void Add(double amount = 1) = 0;
};
class Gauge {
 public:
  virtual ~Gauge() = default;
  virtual void Set(double value) = 0;
};
class Histogram {
 public:
  virtual ~Histogram() = default;
  virtual void Observe(double value) = 0;
};

// Asking again for the same name and labels gives the same handle; ask once, at start, not per call.
class Metrics {
 public:
  virtual ~Metrics() = default;
  virtual Counter& GetCounter(const std::string& name, const std::string& help,
                              const Labels& labels = {}) = 0;
  virtual Gauge& GetGauge(const std::string& name, const std::string& help, const Labels& labels = {}) = 0;
  // buckets: ascending upper bounds; the first call for a name decides.
  virtual Histogram& GetHistogram(const std::string& name, const std::string& help,
                                  const std::vector<double>& buckets, const Labels& labels = {}) = 0;
  // The Prometheus text format.
  virtual std::string Expose() const = 0;
};

// Seconds, from 50 us to 10 s: what every latency histogram uses.
inline const std::vector<double> kLatencyBuckets = {
    0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10};

}  // namespace signalbox::ports
