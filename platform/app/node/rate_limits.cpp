// Counting by class and client.
#include "app/node/rate_limits.hpp"

#include <utility>

#include "base/hash.hpp"

namespace signalbox::app {
namespace {

constexpr int64_t kSecondMs = 1000;

}  // namespace

RateLimits::RateLimits(const RateLimitSettings& settings, ports::RateLimiter& limiter, const Clock& clock,
                       ports::Metrics& metrics)
    : settings_(settings), limiter_(limiter), clock_(clock) {
  const std::pair<const char*, uint32_t> limits[] = {{"events", settings.events},
                                                     {"catalogue", settings.catalogue},
                                                     {"users", settings.users},
                                                     {"recommendations", settings.recommendations}};
  for (const auto& [name, limit] : limits) {
    auto& refused =
        metrics.GetCounter("signalbox_http_rate_limited_total",
                           "Requests refused because their client sent too many", {{"class", name}});
    classes_[name] = {limit, &refused};
  }
}

std::string_view RateLimits::ClassOf(std::string_view path) {
  if (path == "/events") return "events";
  if (path == "/items" || path.starts_with("/items/")) return "catalogue";
  if (path.starts_with("/users/") && !path.ends_with("/history")) return "users";
  return "recommendations";
}

// A token is a secret: only its checksum leaves the process.
std::string RateLimits::ClientOf(const ports::HttpRequest& request) const {
  if (!settings_.by_key) return request.client;
  constexpr std::string_view kBearer = "Bearer ";
  const std::string* key = request.Header("X-API-Key");
  std::string_view token = key == nullptr ? std::string_view() : std::string_view(*key);
  const std::string* bearer = request.Header("Authorization");
  if (token.empty() && bearer != nullptr && bearer->starts_with(kBearer))
    token = std::string_view(*bearer).substr(kBearer.size());
  if (token.empty()) return request.client;
  return "key " + std::to_string(Checksum64(token.data(), token.size()));
}

std::optional<ports::HttpResponse> RateLimits::Check(const ports::HttpRequest& request) {
  const auto found = classes_.find(ClassOf(request.path));
  const auto& [name, of] = *found;
  if (of.limit == 0) return std::nullopt;
  const int64_t window_ms = settings_.window_seconds * kSecondMs;
  if (limiter_.Allow(name + ":" + ClientOf(request), of.limit, window_ms)) return std::nullopt;
  of.refused->Add();
  const int64_t left_ms = window_ms - clock_.now_ms() % window_ms;
  auto response = ports::ErrorResponse(429, "rate_limited",
                                       "more than " + std::to_string(of.limit) + " requests to " + name +
                                           " in " + std::to_string(settings_.window_seconds) + " s",
                                       "Try again after the time in Retry-After; send events in batches.");
  response.headers = {{"Retry-After", std::to_string((left_ms + kSecondMs - 1) / kSecondMs)}};
  return response;
}

}  // namespace signalbox::app
