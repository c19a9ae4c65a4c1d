// One cell per name and labels serves as counter, gauge and histogram.
#include "ports/fakes/recording_metrics.hpp"

#include <sstream>

namespace signalbox::ports::fakes {
namespace {
constexpr size_t kMaxObservations = 10'000;
}

struct RecordingMetrics::Cell final : Counter, Gauge, Histogram {
  void Add(double amount) override {
    std::lock_guard lock(mutex);
    value += amount;
  }
  void Set(double to) override {
    std::lock_guard lock(mutex);
    value = to;
  }
  void Observe(double observed) override {
    std::lock_guard lock(mutex);
    ++count;
    sum += observed;
    if (observations.size() < kMaxObservations) observations.push_back(observed);
  }

  std::mutex mutex;
  double value = 0;
  double sum = 0;
  uint64_t count = 0;
  std::vector<double> observations;
};

RecordingMetrics::Cell& RecordingMetrics::Find(const std::string& name, const Labels& labels) {
  std::lock_guard lock(mutex_);
  auto& cell = cells_[{name, labels}];
  if (!cell) cell = std::make_shared<Cell>();
  return *cell;
}

Counter& RecordingMetrics::GetCounter(const std::string& name, const std::string&, const Labels& labels) {
  return Find(name, labels);
}

Gauge& RecordingMetrics::GetGauge(const std::string& name, const std::string&, const Labels& labels) {
  return Find(name, labels);
}

Histogram& RecordingMetrics::GetHistogram(const std::string& name, const std::string&,
                                          const std::vector<double>&, const Labels& labels) {
  return Find(name, labels);
}

std::string RecordingMetrics::Expose() const {
  std::lock_guard lock(mutex_);
  std::ostringstream out;
  for (const auto& [key, cell] : cells_) {
    std::string labels;
    for (const auto& [name, value] : key.second) {
      labels += (labels.empty() ? "{" : ",") + name + "=\"" + value + "\"";
    }
    if (!labels.empty()) labels += "}";
    std::lock_guard cell_lock(cell->mutex);
    if (cell->count == 0) {
      out << key.first << labels << ' ' << cell->value << '\n';
    } else {
      out << key.first << "_count" << labels << ' ' << cell->count << '\n';
      out << key.first << "_sum" << labels << ' ' << cell->sum << '\n';
    }
  }
  return out.str();
}

double RecordingMetrics::Value(const std::string& name, const Labels& labels) const {
  std::lock_guard lock(mutex_);
  const auto found = cells_.find({name, labels});
  if (found == cells_.end()) return 0;
  std::lock_guard cell_lock(found->second->mutex);
  return found->second->value;
}

std::vector<double> RecordingMetrics::Observations(const std::string& name, const Labels& labels) const {
  std::lock_guard lock(mutex_);
  const auto found = cells_.find({name, labels});
  if (found == cells_.end()) return {};
  std::lock_guard cell_lock(found->second->mutex);
  return found->second->observations;
}

}  // namespace signalbox::ports::fakes
