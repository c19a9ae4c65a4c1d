// A tenant made of a tape: its items, its visitor, signals that say what they said.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "serve/tape.hpp"
#include "serve/tenant.hpp"

namespace signalbox::serve {

// Counts nowhere.
class NoMetrics final : public ports::Metrics {
 public:
  ports::Counter& GetCounter(const std::string&, const std::string&, const ports::Labels&) override {
    return counter_;
  }
  ports::Gauge& GetGauge(const std::string&, const std::string&, const ports::Labels&) override {
    return gauge_;
  }
  ports::Histogram& GetHistogram(const std::string&, const std::string&, const std::vector<double>&,
                                 const ports::Labels&) override {
    return histogram_;
  }
  std::string Expose() const override { return {}; }

 private:
  struct : ports::Counter {
    void Add(double) override {}
  } counter_;
  struct : ports::Gauge {
    void Set(double) override {}
  } gauge_;
  struct : ports::Histogram {
    void Observe(double) override {}
  } histogram_;
};

// The signals of a tape, which answer in the order in which they did. Threads: one.
std::unique_ptr<signals::SignalSet> TapedSignals(Tape* tape);

// Threads: one. Lifetime: shorter than the tape and the live tenant.
class TapedWorld {
 public:
  // Numbers on the tape become handles of this world.
  TapedWorld(Tape* tape, const Tenant& live);
  Tenant& tenant() { return *tenant_; }
  // With the vectors that they use.
  void PutInForce(std::vector<PlanSource> sources);

 private:
  void AddItems();
  void UseHandles();

  Tape* tape_;
  NoMetrics metrics_;
  EpochDomain epochs_;
  state::TenantState state_;
  std::unique_ptr<signals::SignalSet> signals_;
  std::vector<sb_item> handles_;            // by number
  std::vector<model::ItemChange> changes_;  // the catalogue
  std::unique_ptr<Tenant> tenant_;
};

}  // namespace signalbox::serve
