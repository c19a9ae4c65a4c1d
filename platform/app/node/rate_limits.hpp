// How many requests of a client the public API takes, by class of routes.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "ports/cache.hpp"
#include "ports/http.hpp"
#include "ports/metrics.hpp"

namespace signalbox::app {

struct RateLimitSettings {
  // Requests a client and window; 0 = as many as come. A batch is one request.
  uint32_t events = 0, catalogue = 0, users = 0, recommendations = 0;
  int window_seconds = 1;
  bool by_key = false;  // a client is its X-API-Key or Bearer token where it gives one, else its address

  bool any() const { return events + catalogue + users + recommendations > 0; }
};

// Decides before a route's handler runs. Windows begin at multiples of their length, for all nodes alike.
//
// Threads: any. Lifetime: shorter than what it is given.
class RateLimits {
 public:
  RateLimits(const RateLimitSettings& settings, ports::RateLimiter& limiter, const Clock& clock,
             ports::Metrics& metrics);

  // nullopt = it may pass; else the 429, with Retry-After for the window's end.
  std::optional<ports::HttpResponse> Check(const ports::HttpRequest& request);

  // The class of a route by its path: "events", "catalogue", "users" or "recommendations".
  static std::string_view ClassOf(std::string_view path);

 private:
  struct Class {
    uint32_t limit = 0;
    ports::Counter* refused = nullptr;
  };
  std::string ClientOf(const ports::HttpRequest& request) const;

  const RateLimitSettings settings_;
  ports::RateLimiter& limiter_;
  const Clock& clock_;
  std::map<std::string, Class, std::less<>> classes_;
};

}  // namespace signalbox::app
