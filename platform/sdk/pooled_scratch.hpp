// A request's scratch whose memory outlives the request, so that requests need not allocate.
#pragma once

#include <sched.h>

#include <array>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "signalbox/views.hpp"

namespace signalbox {

// Lends a T and takes it back, the last one first: memory grows with the requests that run at the
// same time, not with the threads there are, and what is lent was lately used by the same
// processor. What T held is still in it: T starts every request by emptying itself.
template <typename T>
class PooledScratch final : public Scratch {
 public:
  PooledScratch() {
    Store& store = Here();
    {
      const std::lock_guard lock(store.mutex);
      if (!store.idle.empty()) {
        lent_ = std::move(store.idle.back());
        store.idle.pop_back();
      }
    }
    if (lent_ == nullptr) lent_ = std::make_unique<T>();
  }
  ~PooledScratch() override {
    Store& store = Here();
    const std::lock_guard lock(store.mutex);
    if (store.idle.size() < kKept) store.idle.push_back(std::move(lent_));
  }
  PooledScratch(const PooledScratch&) = delete;
  PooledScratch& operator=(const PooledScratch&) = delete;

  T& operator*() const { return *lent_; }
  T* operator->() const { return lent_.get(); }

 private:
  static constexpr size_t kKept = 4, kStores = 64;

  struct alignas(64) Store {
    std::mutex mutex;
    std::vector<std::unique_ptr<T>> idle;
  };
  // The processor's that this thread runs on now; which one is a matter of speed alone.
  static Store& Here() {
    static std::array<Store, kStores> stores;
    const int processor = sched_getcpu();
    return stores[processor < 0 ? 0 : static_cast<size_t>(processor) % kStores];
  }

  std::unique_ptr<T> lent_;
};

}  // namespace signalbox
