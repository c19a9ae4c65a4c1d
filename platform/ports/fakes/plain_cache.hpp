// The simplest cache and rate limiter that keep the contract; never forget before the time.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "base/clock.hpp"
#include "ports/cache.hpp"

namespace signalbox::ports::fakes {

class PlainCache final : public Cache {
 public:
  explicit PlainCache(const Clock& clock) : clock_(clock) {}

  std::optional<std::string> Get(std::string_view key) override {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(std::string(key));
    if (found == entries_.end() || found->second.second <= clock_.now_ms()) return std::nullopt;
    return found->second.first;
  }
  void Put(std::string_view key, std::string value, int64_t ttl_ms) override {
    const std::lock_guard lock(mutex_);
    entries_[std::string(key)] = {std::move(value), clock_.now_ms() + ttl_ms};
  }

 private:
  const Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, std::pair<std::string, int64_t>> entries_;
};

class PlainRateLimiter final : public RateLimiter {
 public:
  explicit PlainRateLimiter(const Clock& clock) : clock_(clock) {}

  bool Allow(std::string_view key, uint32_t limit, int64_t window_ms) override {
    const std::lock_guard lock(mutex_);
    return ++counts_[{std::string(key), clock_.now_ms() / window_ms}] <= limit;
  }

 private:
  const Clock& clock_;
  std::mutex mutex_;
  std::map<std::pair<std::string, int64_t>, uint32_t> counts_;
};

}  // namespace signalbox::ports::fakes
