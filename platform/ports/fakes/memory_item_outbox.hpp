// An outbox in memory, filled by the test.
#pragma once

#include <algorithm>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ports/item_outbox.hpp"

namespace signalbox::ports::fakes {

class MemoryItemOutbox final : public ItemOutbox {
 public:
  // As a write of the catalogue does.
  void Put(OutboxEntry entry) {
    const std::lock_guard lock(mutex_);
    std::erase_if(entries_, [&](const auto& held) { return SameItem(held, entry); });
    entries_.push_back(std::move(entry));
  }
  // Every call fails with it from now on; nullopt = no more.
  void Fail(std::optional<Error> error) {
    const std::lock_guard lock(mutex_);
    error_ = std::move(error);
  }

  Result<std::vector<OutboxEntry>> Oldest(size_t limit) const override {
    const std::lock_guard lock(mutex_);
    if (error_) return signalbox::Fail(*error_);
    const auto end = entries_.begin() + static_cast<std::ptrdiff_t>(std::min(limit, entries_.size()));
    return std::vector<OutboxEntry>(entries_.begin(), end);
  }

  Result<void> Remove(const std::vector<OutboxEntry>& entries) override {
    const std::lock_guard lock(mutex_);
    if (error_) return signalbox::Fail(*error_);
    for (const auto& gone : entries) {
      std::erase_if(entries_, [&](const auto& held) {
        return SameItem(held, gone) && held.change.epoch == gone.change.epoch;
      });
    }
    return {};
  }

  Result<OutboxSize> Size() const override {
    const std::lock_guard lock(mutex_);
    if (error_) return signalbox::Fail(*error_);
    return OutboxSize{entries_.size(), 0};
  }

 private:
  static bool SameItem(const OutboxEntry& a, const OutboxEntry& b) {
    return a.tenant == b.tenant && a.change.item.type == b.change.item.type &&
           a.change.item.id == b.change.item.id;
  }

  mutable std::mutex mutex_;
  std::vector<OutboxEntry> entries_;  // guarded by mutex_
  std::optional<Error> error_;        // guarded by mutex_
};

}  // namespace signalbox::ports::fakes
