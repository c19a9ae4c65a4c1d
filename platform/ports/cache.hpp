// Ports: answers kept for a while, and counting requests; shared by nodes where Redis is configured.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace signalbox::ports {

// A cache may lose anything at any time and never fails: what cannot be had is absent.
// Threads: any. Never waits longer than 20 ms.
class Cache {
 public:
  virtual ~Cache() = default;
  // nullopt = absent or past its time.
  virtual std::optional<std::string> Get(std::string_view key) = 0;
  virtual void Put(std::string_view key, std::string value, int64_t ttl_ms) = 0;
};

// Threads: any. Never waits longer than 20 ms; without its server each process counts for itself.
class RateLimiter {
 public:
  virtual ~RateLimiter() = default;
  // Counts one for the key; false once more than `limit` came in the running window of window_ms.
  virtual bool Allow(std::string_view key, uint32_t limit, int64_t window_ms) = 0;
};

}  // namespace signalbox::ports
