// The metrics port on prometheus-cpp.
#pragma once

#include <memory>

#include "ports/metrics.hpp"

namespace signalbox::adapters::prometheus {

// Names and labels that Prometheus does not take, or a name asked for again as another kind, are
// programmer errors: they throw std::invalid_argument.
std::unique_ptr<ports::Metrics> MakePrometheusMetrics();

}  // namespace signalbox::adapters::prometheus
