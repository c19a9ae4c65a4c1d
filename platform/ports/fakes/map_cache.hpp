// Fake: a cache that forgets by an injected clock.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "base/clock.hpp"
#include "ports/cache.hpp"

namespace signalbox::ports::fakes {

class MapCache final : public Cache {
 public:
  explicit MapCache(const Clock& clock) : clock_(clock) {}

  std::optional<std::string> Get(std::string_view key) override {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(key);
    if (found == entries_.end() || clock_.now_ms() >= found->second.second) return std::nullopt;
    return found->second.first;
  }
  void Put(std::string_view key, std::string value, int64_t ttl_ms) override {
    const std::lock_guard lock(mutex_);
    entries_.insert_or_assign(std::string(key), std::pair(std::move(value), clock_.now_ms() + ttl_ms));
  }
  size_t size() const {
    const std::lock_guard lock(mutex_);
    return entries_.size();
  }

 private:
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::map<std::string, std::pair<std::string, int64_t>, std::less<>> entries_;  // guarded by mutex_
};

}  // namespace signalbox::ports::fakes
