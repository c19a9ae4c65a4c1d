// What each step of a request costs, measured on a sample of the requests.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "ports/metrics.hpp"

namespace signalbox::serve {

enum class Step { kPrepare, kWeights, kBlend, kRules, kFallback, kRespond };
enum class SignalStep { kGather, kScore };

// signalbox_serve_step_seconds{step, signal}; signal "" where the step is not a signal's.
ports::Histogram& StepHistogram(ports::Metrics& metrics, const std::string& step,
                                const std::string& signal = {});

// The histograms of a tenant's steps. Lifetime: the Metrics'.
class StepMetrics {
 public:
  StepMetrics(ports::Metrics& metrics, const std::vector<std::string>& signals);
  ports::Histogram& of(Step step) const { return *steps_[static_cast<size_t>(step)]; }
  ports::Histogram& of(SignalStep step, size_t signal) const {
    return *signal_steps_[signal * 2 + static_cast<size_t>(step)];
  }

 private:
  std::vector<ports::Histogram*> steps_, signal_steps_;
};

// Measures from mark to mark; without metrics it does nothing. Threads: one.
class StepTimer {
 public:
  explicit StepTimer(const StepMetrics* metrics) : metrics_(metrics) {
    if (metrics_ != nullptr) last_ = Now::now();
  }
  // What passed since the last mark was spent on `step`.
  void Mark(Step step) {
    if (metrics_ != nullptr) metrics_->of(step).Observe(Lap());
  }
  void MarkSignal(SignalStep step, size_t signal) {
    if (metrics_ != nullptr) metrics_->of(step, signal).Observe(Lap());
  }

 private:
  using Now = std::chrono::steady_clock;
  double Lap() {
    const auto now = Now::now();
    const std::chrono::duration<double> passed = now - last_;
    last_ = now;
    return passed.count();
  }

  const StepMetrics* metrics_;
  Now::time_point last_;
};

}  // namespace signalbox::serve
