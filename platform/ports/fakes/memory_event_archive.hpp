// An event archive in memory.
#pragma once

#include <map>
#include <mutex>

#include "model/record_codec.hpp"
#include "ports/event_archive.hpp"

namespace signalbox::ports::fakes {

class MemoryEventArchive final : public EventArchive {
 public:
  Result<uint64_t> Next(uint32_t partition) const override {
    const std::lock_guard lock(mutex_);
    const auto found = next_.find(partition);
    return found == next_.end() ? 0 : found->second;
  }

  Result<void> Append(uint32_t partition, const std::vector<LogEntry>& entries) override {
    const std::lock_guard lock(mutex_);
    auto& next = next_[partition];
    for (const auto& entry : entries) {
      if (entry.position.offset < next) continue;
      next = entry.position.offset + 1;
      entries_[{partition, entry.position.offset}] = entry;
      const auto record = model::DecodeRecord(entry.payload);
      if (record && record->kind == model::RecordKind::kForget) Forget(*record);
    }
    return {};
  }

  Result<std::vector<LogEntry>> Read(uint32_t partition, uint64_t from, size_t limit) const override {
    const std::lock_guard lock(mutex_);
    std::vector<LogEntry> read;
    for (auto at = entries_.lower_bound({partition, from});
         at != entries_.end() && at->first.first == partition && read.size() < limit; ++at) {
      read.push_back(at->second);
    }
    return read;
  }

 private:
  void Forget(const model::RecordView& forget) {
    std::erase_if(entries_, [&](const auto& kept) {
      const auto record = model::DecodeRecord(kept.second.payload);
      return record && record->kind != model::RecordKind::kForget && record->tenant == forget.tenant &&
             ((!forget.user.empty() && record->user == forget.user) ||
              (!forget.session.empty() && record->user.empty() && record->session == forget.session));
    });
  }

  mutable std::mutex mutex_;
  std::map<uint32_t, uint64_t> next_;
  std::map<std::pair<uint32_t, uint64_t>, LogEntry> entries_;
};

}  // namespace signalbox::ports::fakes
