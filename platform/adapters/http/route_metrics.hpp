// Counts and times of requests, by route pattern.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <string_view>
#include <vector>

#include "ports/http.hpp"
#include "ports/metrics.hpp"

namespace signalbox::adapters::http {

// http_requests_total{method,route,status}, http_requests_errors_total{route,status} (400 and
// above) and http_request_duration_seconds{route}. The route is the pattern, never the path;
// "none" where no route matched or the request could not be read.
//
// Threads: any. Cost: two atomic loads and the counters' own; a counter is made when first used.
// Lifetime: the metrics and the router outlive it.
class RouteMetrics {
 public:
  RouteMetrics(const ports::Router& router, ports::Metrics& metrics);
  ~RouteMetrics();

  // route: Router::RouteOf's; size() of the router = none.
  void Note(size_t route, std::string_view method, int status, double seconds);
  // A request that could not be read: no method, no duration.
  void NoteUnread(int status);

 private:
  static constexpr size_t kMethods = 7;
  static constexpr int kFirstStatus = 200, kStatuses = 400;
  struct Route;
  void Count(size_t route, size_t method, int status);

  const ports::Router& router_;
  ports::Metrics& metrics_;
  std::vector<std::unique_ptr<Route>> routes_;
};

}  // namespace signalbox::adapters::http
