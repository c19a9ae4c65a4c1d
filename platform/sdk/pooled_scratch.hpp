// A request's scratch whose memory outlives the request, so that requests need not allocate.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "signalbox/views.hpp"

namespace signalbox {

// Lends a T from the thread's own store and puts it back. What T held is still in it: T starts
// every request by emptying itself.
template <typename T>
class PooledScratch final : public Scratch {
 public:
  PooledScratch() {
    auto& store = Store();
    if (store.empty()) {
      lent_ = std::make_unique<T>();
    } else {
      lent_ = std::move(store.back());
      store.pop_back();
    }
  }
  ~PooledScratch() override {
    auto& store = Store();
    if (store.size() < kKept) store.push_back(std::move(lent_));
  }
  PooledScratch(const PooledScratch&) = delete;
  PooledScratch& operator=(const PooledScratch&) = delete;

  T& operator*() const { return *lent_; }
  T* operator->() const { return lent_.get(); }

 private:
  static constexpr size_t kKept = 4;  // a request may ask several instances of one plugin

  static std::vector<std::unique_ptr<T>>& Store() {
    thread_local std::vector<std::unique_ptr<T>> store;
    return store;
  }

  std::unique_ptr<T> lent_;
};

}  // namespace signalbox
