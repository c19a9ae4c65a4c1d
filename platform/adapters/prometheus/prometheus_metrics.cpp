// Families and handles of prometheus-cpp behind the port.
#include "adapters/prometheus/prometheus_metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <mutex>
#include <sstream>
#include <stdexcept>

namespace signalbox::adapters::prometheus {
namespace {

class CounterHandle final : public ports::Counter {
 public:
  explicit CounterHandle(::prometheus::Counter& counter) : counter_(counter) {}
  void Add(double amount) override { counter_.Increment(amount); }

 private:
  ::prometheus::Counter& counter_;
};

class GaugeHandle final : public ports::Gauge {
 public:
  explicit GaugeHandle(::prometheus::Gauge& gauge) : gauge_(gauge) {}
  void Set(double value) override { gauge_.Set(value); }

 private:
  ::prometheus::Gauge& gauge_;
};

class HistogramHandle final : public ports::Histogram {
 public:
  explicit HistogramHandle(::prometheus::Histogram& histogram) : histogram_(histogram) {}
  void Observe(double value) override { histogram_.Observe(value); }

 private:
  ::prometheus::Histogram& histogram_;
};

// One kind of metric: families by name, handles by labels.
template <typename Metric, typename Port, typename Handle>
class Kind {
 public:
  template <typename Build, typename... Extra>
  Port& Get(::prometheus::Registry& registry, Build build, const std::string& name, const std::string& help,
            const ports::Labels& labels, const Extra&... extra) {
    auto& family = families_[name];
    if (family.metrics == nullptr) family.metrics = &build().Name(name).Help(help).Register(registry);
    auto& handle = family.handles[labels];
    if (handle == nullptr) handle = std::make_unique<Handle>(family.metrics->Add(labels, extra...));
    return *handle;
  }

 private:
  struct Family {
    ::prometheus::Family<Metric>* metrics = nullptr;
    std::map<ports::Labels, std::unique_ptr<Handle>> handles;
  };
  std::map<std::string, Family> families_;
};

class PrometheusMetrics final : public ports::Metrics {
 public:
  ports::Counter& GetCounter(const std::string& name, const std::string& help,
                             const ports::Labels& labels) override {
    const std::lock_guard lock(mutex_);
    return counters_.Get(registry_, ::prometheus::BuildCounter, name, help, labels);
  }
  ports::Gauge& GetGauge(const std::string& name, const std::string& help,
                         const ports::Labels& labels) override {
    const std::lock_guard lock(mutex_);
    return gauges_.Get(registry_, ::prometheus::BuildGauge, name, help, labels);
  }
  ports::Histogram& GetHistogram(const std::string& name, const std::string& help,
                                 const std::vector<double>& buckets, const ports::Labels& labels) override {
    const std::lock_guard lock(mutex_);
    // Every series of a family has the family's first buckets.
    const auto& bounds = buckets_.try_emplace(name, buckets).first->second;
    return histograms_.Get(registry_, ::prometheus::BuildHistogram, name, help, labels, bounds);
  }
  std::string Expose() const override {
    std::ostringstream text;
    ::prometheus::TextSerializer().Serialize(text, registry_.Collect());
    return std::move(text).str();
  }

 private:
  ::prometheus::Registry registry_{::prometheus::Registry::InsertBehavior::Throw};
  std::mutex mutex_;
  Kind<::prometheus::Counter, ports::Counter, CounterHandle> counters_;          // guarded by mutex_
  Kind<::prometheus::Gauge, ports::Gauge, GaugeHandle> gauges_;                  // guarded by mutex_
  Kind<::prometheus::Histogram, ports::Histogram, HistogramHandle> histograms_;  // guarded by mutex_
  std::map<std::string, std::vector<double>> buckets_;                           // guarded by mutex_
};

}  // namespace

std::unique_ptr<ports::Metrics> MakePrometheusMetrics() { return std::make_unique<PrometheusMetrics>(); }

}  // namespace signalbox::adapters::prometheus
