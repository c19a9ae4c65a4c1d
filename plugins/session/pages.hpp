// Words of memory in pages that never move: one writer, any readers, and snapshots by copying a
// page before its first change.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "signalbox/stream.hpp"

namespace signalbox::session {

inline constexpr uint32_t kPageBits = 14;
inline constexpr uint32_t kPageWords = 1u << kPageBits;  // 64 KB

// Every word that a reader may see is written with release and read with acquire, which costs
// nothing on x86 and orders a value before whatever is published after it.
inline uint32_t LoadWord(const uint32_t* word) { return __atomic_load_n(word, __ATOMIC_ACQUIRE); }
inline void StoreWord(uint32_t* word, uint32_t value) { __atomic_store_n(word, value, __ATOMIC_RELEASE); }

class PagedWords;

// The pages as they were when frozen.
//
// Threads: Preserve by the writer; Write on one other thread at the same time.
class PageSnapshot {
 public:
  PageSnapshot(const PagedWords& words, uint64_t page_count)
      : words_(&words), preserved_(page_count), states_(page_count), saved_(page_count) {}

  // Before the writer's first change to a page since the freeze; later calls cost a bit's test.
  void Preserve(uint64_t page);
  // Streams every page, letting go of saved ones.
  void Write(Writer& writer);
  // The writer need not preserve any more.
  void Abandon() { abandoned_.store(true, std::memory_order_release); }
  bool abandoned() const { return abandoned_.load(std::memory_order_acquire); }

 private:
  enum State : uint8_t { kPending = 0, kSaved, kDone };

  const PagedWords* words_;
  std::vector<bool> preserved_;  // the writer's own
  std::mutex mutex_;             // guards the two below
  std::vector<uint8_t> states_;
  std::vector<std::unique_ptr<uint32_t[]>> saved_;
  std::atomic<bool> abandoned_{false};
};

// Threads: Store, Make, Freeze and Restore by one writer; Load and Find from any thread. The
// address of a word is good for the life of this object.
class PagedWords {
 public:
  // page_limit: how many pages there may ever be; their directory is reserved, not resident.
  explicit PagedWords(uint64_t page_limit);
  ~PagedWords();
  PagedWords(const PagedWords&) = delete;
  PagedWords& operator=(const PagedWords&) = delete;

  // Null = nothing was stored in this page yet.
  const uint32_t* Find(uint64_t index) const {
    const uint64_t page = index >> kPageBits;
    if (page >= page_limit_) return nullptr;
    const uint32_t* words = __atomic_load_n(&pages_[page], __ATOMIC_ACQUIRE);
    return words == nullptr ? nullptr : words + (index & (kPageWords - 1));
  }
  // 0 where nothing was stored.
  uint32_t Load(uint64_t index) const {
    const uint32_t* word = Find(index);
    return word == nullptr ? 0 : LoadWord(word);
  }
  // Throws Failure past the limit.
  void Store(uint64_t index, uint32_t value) {
    const uint64_t page = index >> kPageBits;
    if (!snapshots_.empty()) Preserve(page);
    StoreWord(Make(page) + (index & (kPageWords - 1)), value);
  }
  std::shared_ptr<PageSnapshot> Freeze();
  // Throws InvalidState. Requires: nothing was stored yet.
  void Restore(Reader& reader);

  uint64_t page_count() const { return page_count_; }  // the highest page made, plus one
  size_t memory_bytes() const { return made_ * size_t{kPageWords} * sizeof(uint32_t); }

 private:
  friend class PageSnapshot;
  uint32_t* Make(uint64_t page) {
    return page < page_limit_ && pages_[page] != nullptr ? pages_[page] : MakeNew(page);
  }
  uint32_t* MakeNew(uint64_t page);
  void Preserve(uint64_t page);

  uint64_t page_limit_;
  uint32_t** pages_;
  uint64_t page_count_ = 0;
  size_t made_ = 0;
  std::vector<std::shared_ptr<PageSnapshot>> snapshots_;  // not abandoned when last looked at
};

}  // namespace signalbox::session
