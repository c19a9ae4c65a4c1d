// The histograms behind the marks.
#include "serve/step_timer.hpp"

namespace signalbox::serve {
namespace {

const std::vector<double> kBuckets = {1e-6, 2e-6, 5e-6, 1e-5, 2e-5, 5e-5, 1e-4,
                                      2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2};
constexpr const char* kName = "signalbox_serve_step_seconds";
constexpr const char* kHelp =
    "Time of one step of a recommendation, sampled; per signal where it is a signal's";

}  // namespace

ports::Histogram& StepHistogram(ports::Metrics& metrics, const std::string& step, const std::string& signal) {
  return metrics.GetHistogram(kName, kHelp, kBuckets, {{"step", step}, {"signal", signal}});
}

StepMetrics::StepMetrics(ports::Metrics& metrics, const std::vector<std::string>& signals) {
  for (const char* step : {"prepare", "weights", "blend", "rules", "fallback", "respond"}) {
    steps_.push_back(&StepHistogram(metrics, step));
  }
  for (const auto& signal : signals) {
    for (const char* step : {"gather", "score"})
      signal_steps_.push_back(&StepHistogram(metrics, step, signal));
  }
}

}  // namespace signalbox::serve
