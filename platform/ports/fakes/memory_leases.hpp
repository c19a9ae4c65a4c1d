// Leases in memory, by a clock that a test sets.
#pragma once

#include <algorithm>
#include <map>
#include <mutex>

#include "base/clock.hpp"
#include "ports/lease.hpp"

namespace signalbox::ports::fakes {

class MemoryLeases final : public Leases {
 public:
  explicit MemoryLeases(const Clock& clock) : clock_(clock) {}

  Result<LeaseState> Hold(std::string_view name, std::string_view holder, int64_t ttl_ms) override {
    const std::lock_guard lock(mutex_);
    auto& lease = leases_[std::string(name)];
    const int64_t now_ms = clock_.now_ms();
    if (lease.holder != holder && lease.until_ms > now_ms) return State(lease);
    if (lease.holder != holder) ++lease.term;
    lease.holder = holder;
    lease.until_ms = now_ms + ttl_ms;
    return State(lease);
  }

  Result<void> Release(std::string_view name, std::string_view holder) override {
    const std::lock_guard lock(mutex_);
    auto& lease = leases_[std::string(name)];
    if (lease.holder == holder) lease.until_ms = 0;
    return {};
  }

  Result<std::optional<LeaseState>> Find(std::string_view name) const override {
    const std::lock_guard lock(mutex_);
    const auto found = leases_.find(std::string(name));
    if (found == leases_.end() || found->second.until_ms <= clock_.now_ms()) return std::nullopt;
    return State(found->second);
  }

 private:
  struct Lease {
    std::string holder;
    uint64_t term = 0;
    int64_t until_ms = 0;
  };
  LeaseState State(const Lease& lease) const {
    return {lease.holder, lease.term, lease.until_ms - clock_.now_ms()};
  }

  const Clock& clock_;
  mutable std::mutex mutex_;
  std::map<std::string, Lease> leases_;
};

}  // namespace signalbox::ports::fakes
