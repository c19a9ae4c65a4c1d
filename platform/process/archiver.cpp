// A thread per partition.
#include "process/archiver.hpp"

#include <chrono>
#include <memory>
#include <utility>

#include "base/log.hpp"

namespace signalbox::process {
namespace {

constexpr int kReadWaitMs = 200;

}  // namespace

Archiver::Archiver(ports::EventLog& log, ports::EventArchive& archive, ports::Metrics& metrics,
                   ArchiverOptions options)
    : log_(log),
      archive_(archive),
      options_(options),
      archived_(metrics.GetCounter("signalbox_archive_records_total", "Records sent to the event archive")) {}

Archiver::~Archiver() { Stop(); }

void Archiver::Start() {
  stopping_ = false;
  for (uint32_t p = 0; p < log_.partitions(); ++p) threads_.emplace_back([this, p] { Follow(p); });
}

void Archiver::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

std::string Archiver::failure() const {
  const std::lock_guard lock(mutex_);
  return failures_.empty() ? std::string() : failures_.begin()->second;
}

// Tells the log when it begins, not at each attempt.
void Archiver::NoteFailure(uint32_t partition, const std::string& message) {
  const std::lock_guard lock(mutex_);
  auto& failure = failures_[partition];
  if (failure != message) {
    LogWarn("events cannot be archived", {{"partition", int64_t{partition}}, {"error", message}});
  }
  failure = message;
}

void Archiver::NoteSuccess(uint32_t partition) {
  const std::lock_guard lock(mutex_);
  failures_.erase(partition);
}

void Archiver::Follow(uint32_t partition) {
  for (;;) {
    const auto followed = FollowOnce(partition);
    if (!followed) NoteFailure(partition, followed.error().message());
    std::unique_lock lock(mutex_);
    if (stopping_) return;
    wake_.wait_for(lock, std::chrono::milliseconds(options_.retry_ms), [this] { return stopping_; });
  }
}

Result<void> Archiver::FollowOnce(uint32_t partition) {
  const auto next = archive_.Next(partition);
  if (!next) return Fail(next.error());
  const auto range = log_.Range(partition);
  if (!range) return Fail(range.error());
  uint64_t from = *next;
  if (from < range->first) {
    LogError("the log's retention dropped records that were not archived",
             {{"partition", int64_t{partition}},
              {"from", static_cast<int64_t>(from)},
              {"to", static_cast<int64_t>(range->first)}});
    from = range->first;
  }
  auto reader = log_.OpenReader(partition, from);
  if (!reader) return Fail(reader.error());
  std::vector<ports::LogEntry> entries;
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return {};
    }
    entries.clear();
    const auto read = (*reader)->Read(options_.batch_entries, kReadWaitMs, &entries);
    if (!read) return Fail(read.error());
    if (entries.empty()) {
      NoteSuccess(partition);
      continue;
    }
    if (auto kept = archive_.Append(partition, entries); !kept) return kept;
    archived_.Add(static_cast<double>(entries.size()));
    NoteSuccess(partition);
  }
}

}  // namespace signalbox::process
