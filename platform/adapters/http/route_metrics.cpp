// Counters per route, found by index.
#include "adapters/http/route_metrics.hpp"

#include <algorithm>

namespace signalbox::adapters::http {
namespace {

constexpr std::array<std::string_view, 7> kMethodNames = {"GET",    "POST", "PUT",  "PATCH",
                                                          "DELETE", "HEAD", "other"};

size_t MethodIndex(std::string_view method) {
  return std::min<size_t>(std::find(kMethodNames.begin(), kMethodNames.end(), method) - kMethodNames.begin(),
                          kMethodNames.size() - 1);
}

}  // namespace

struct RouteMetrics::Route {
  std::string name;
  ports::Histogram* duration;
  std::array<std::array<std::atomic<ports::Counter*>, kStatuses>, kMethods> requests{};
  std::array<std::atomic<ports::Counter*>, kStatuses> errors{};
};

RouteMetrics::RouteMetrics(const ports::Router& router, ports::Metrics& metrics)
    : router_(router), metrics_(metrics) {
  for (size_t i = 0; i <= router.size(); ++i) {
    auto& route = routes_.emplace_back(std::make_unique<Route>());
    route->name = i == router.size() ? "none" : router.pattern(i);
    route->duration = &metrics.GetHistogram("http_request_duration_seconds",
                                            "Time from the whole request read to its answer made.",
                                            ports::kLatencyBuckets, {{"route", route->name}});
  }
}

RouteMetrics::~RouteMetrics() = default;

void RouteMetrics::Note(size_t route, std::string_view method, int status, double seconds) {
  routes_[route]->duration->Observe(seconds);
  Count(route, MethodIndex(method), status);
}

void RouteMetrics::NoteUnread(int status) { Count(router_.size(), kMethods - 1, status); }

void RouteMetrics::Count(size_t route, size_t method, int status) {
  Route& of = *routes_[route];
  const int index = std::clamp(status - kFirstStatus, 0, kStatuses - 1);
  // Two threads may make a counter at once: the metrics hand both the same one.
  auto& requests = of.requests[method][index];
  ports::Counter* counter = requests.load(std::memory_order_acquire);
  if (counter == nullptr) {
    counter = &metrics_.GetCounter("http_requests_total", "Requests answered.",
                                   {{"method", std::string(kMethodNames[method])},
                                    {"route", of.name},
                                    {"status", std::to_string(index + kFirstStatus)}});
    requests.store(counter, std::memory_order_release);
  }
  counter->Add();
  if (status < 400) return;
  auto& errors = of.errors[index];
  counter = errors.load(std::memory_order_acquire);
  if (counter == nullptr) {
    counter =
        &metrics_.GetCounter("http_requests_errors_total", "Requests answered with status 400 or above.",
                             {{"route", of.name}, {"status", std::to_string(index + kFirstStatus)}});
    errors.store(counter, std::memory_order_release);
  }
  counter->Add();
}

}  // namespace signalbox::adapters::http
