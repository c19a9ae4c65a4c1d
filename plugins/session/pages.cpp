// Pages, and the copies that keep a snapshot as it was.
#include "pages.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

namespace signalbox::session {

namespace {

constexpr size_t kPageBytes = kPageWords * sizeof(uint32_t);

}  // namespace

void PageSnapshot::Preserve(uint64_t page) {
  if (page >= preserved_.size() || preserved_[page]) return;
  preserved_[page] = true;
  const std::lock_guard lock(mutex_);
  if (states_[page] != kPending) return;
  states_[page] = kSaved;
  const uint32_t* words = words_->pages_[page];
  if (words == nullptr) return;
  saved_[page] = std::make_unique_for_overwrite<uint32_t[]>(kPageWords);
  std::memcpy(saved_[page].get(), words, kPageBytes);
}

void PageSnapshot::Write(Writer& writer) {
  writer.Fixed<uint64_t>(states_.size());
  const auto copy = std::make_unique_for_overwrite<uint32_t[]>(kPageWords);
  for (uint64_t page = 0; page < states_.size(); ++page) {
    std::unique_ptr<uint32_t[]> saved;
    bool present = false;
    {
      const std::lock_guard lock(mutex_);
      if (states_[page] == kSaved) {
        saved = std::move(saved_[page]);
        present = saved != nullptr;
      } else if (const uint32_t* words = __atomic_load_n(&words_->pages_[page], __ATOMIC_ACQUIRE)) {
        std::memcpy(copy.get(), words, kPageBytes);
        present = true;
      }
      states_[page] = kDone;
    }
    writer.Fixed<uint8_t>(present ? 1 : 0);
    if (present) writer.Write(saved != nullptr ? saved.get() : copy.get(), kPageBytes);
  }
}

PagedWords::PagedWords(uint64_t page_limit)
    : page_limit_(page_limit), pages_(static_cast<uint32_t**>(std::calloc(page_limit, sizeof(uint32_t*)))) {
  if (pages_ == nullptr) throw std::bad_alloc();
}

PagedWords::~PagedWords() {
  for (uint64_t page = 0; page < page_count_; ++page) std::free(pages_[page]);
  std::free(pages_);
}

uint32_t* PagedWords::MakeNew(uint64_t page) {
  if (page >= page_limit_) throw Failure(SB_FAILED, "the session index is full: lower max_sessions");
  auto* words = static_cast<uint32_t*>(std::calloc(kPageWords, sizeof(uint32_t)));
  if (words == nullptr) throw std::bad_alloc();
  __atomic_store_n(&pages_[page], words, __ATOMIC_RELEASE);
  page_count_ = std::max(page_count_, page + 1);
  ++made_;
  return words;
}

void PagedWords::Preserve(uint64_t page) {
  std::erase_if(snapshots_, [](const auto& snapshot) { return snapshot->abandoned(); });
  for (const auto& snapshot : snapshots_) snapshot->Preserve(page);
}

std::shared_ptr<PageSnapshot> PagedWords::Freeze() {
  snapshots_.push_back(std::make_shared<PageSnapshot>(*this, page_count_));
  return snapshots_.back();
}

void PagedWords::Restore(Reader& reader) {
  const auto count = reader.Fixed<uint64_t>();
  if (count > page_limit_) throw InvalidState("the session index has too many pages: learn it again");
  for (uint64_t page = 0; page < count; ++page) {
    if (reader.Fixed<uint8_t>() != 0) reader.Read(Make(page), kPageBytes);
  }
  page_count_ = count;
}

}  // namespace signalbox::session
