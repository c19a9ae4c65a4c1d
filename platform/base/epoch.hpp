// Epoch-based reclamation (Fraser, "Practical lock-freedom", 2004): readers pin an epoch, writers
// retire what readers may still see, and it is freed once every pin is younger.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>

namespace signalbox {

// One domain guards any number of structures.
//
// Threads: Pin from any thread, nested or not; Retire and Collect from any thread.
// Lifetime: outlives every structure that retires into it and every pin.
// Cost: a pin is two uncontended atomic operations; at most kSlots pins at once, further ones spin.
class EpochDomain {
 public:
  static constexpr size_t kSlots = 512;

  // While it lives, nothing retired after its creation is freed.
  class Pin {
   public:
    explicit Pin(EpochDomain& domain);
    ~Pin();
    Pin(const Pin&) = delete;
    Pin& operator=(const Pin&) = delete;
    Pin(Pin&& other) noexcept : domain_(other.domain_), slot_(other.slot_) { other.domain_ = nullptr; }
    Pin& operator=(Pin&&) = delete;

   private:
    EpochDomain* domain_;
    size_t slot_;
  };

  EpochDomain() = default;
  ~EpochDomain();
  EpochDomain(const EpochDomain&) = delete;
  EpochDomain& operator=(const EpochDomain&) = delete;

  // Hands over memory that no new reader can reach; `free` runs once no pin can see it.
  void Retire(void* memory, void (*free)(void*));

  // Frees what no pin can see any more; Retire calls it now and then.
  void Collect();

  // Retired and not yet freed.
  size_t pending() const;

 private:
  struct alignas(64) Slot {
    std::atomic<uint64_t> epoch{0};  // 0 = free
  };
  struct Retired {
    void* memory;
    void (*free)(void*);
    uint64_t epoch;
  };
  void CollectLocked();

  std::array<Slot, kSlots> slots_;
  std::atomic<uint64_t> epoch_{1};
  mutable std::mutex mutex_;
  std::deque<Retired> retired_;  // guarded by mutex_; epochs ascend
  size_t since_collect_ = 0;     // guarded by mutex_
};

}  // namespace signalbox
