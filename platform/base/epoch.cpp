// Pins are slots that hold the epoch they began in; a retired block is stamped with the epoch at
// its retirement, and that epoch is then advanced.
#include "base/epoch.hpp"

#include <limits>
#include <thread>

namespace signalbox {

EpochDomain::Pin::Pin(EpochDomain& domain) : domain_(&domain) {
  static std::atomic<size_t> next{0};
  thread_local const size_t home = next.fetch_add(1, std::memory_order_relaxed);
  for (size_t probe = 0;; ++probe) {
    slot_ = (home + probe) % kSlots;
    uint64_t free = 0;
    auto& epoch = domain_->slots_[slot_].epoch;
    if (epoch.load(std::memory_order_relaxed) == 0 &&
        epoch.compare_exchange_strong(free, domain_->epoch_.load(std::memory_order_seq_cst),
                                      std::memory_order_seq_cst)) {
      return;
    }
    if (probe > 0 && probe % kSlots == 0) std::this_thread::yield();
  }
}

EpochDomain::Pin::~Pin() {
  if (domain_ != nullptr) domain_->slots_[slot_].epoch.store(0, std::memory_order_release);
}

EpochDomain::~EpochDomain() {
  for (const auto& retired : retired_) retired.free(retired.memory);
}

void EpochDomain::Retire(void* memory, void (*free)(void*)) {
  const std::lock_guard lock(mutex_);
  retired_.push_back({memory, free, epoch_.fetch_add(1, std::memory_order_seq_cst)});
  if (++since_collect_ >= 256) CollectLocked();
}

void EpochDomain::Collect() {
  const std::lock_guard lock(mutex_);
  CollectLocked();
}

void EpochDomain::CollectLocked() {
  since_collect_ = 0;
  uint64_t oldest = std::numeric_limits<uint64_t>::max();
  for (const auto& slot : slots_) {
    const uint64_t epoch = slot.epoch.load(std::memory_order_seq_cst);
    if (epoch != 0 && epoch < oldest) oldest = epoch;
  }
  while (!retired_.empty() && retired_.front().epoch < oldest) {
    retired_.front().free(retired_.front().memory);
    retired_.pop_front();
  }
}

size_t EpochDomain::pending() const {
  const std::lock_guard lock(mutex_);
  return retired_.size();
}

}  // namespace signalbox
