// Writing groups, beginning segments, and coming back after a failure.
#include "adapters/sqlite/sqlite_event_log.hpp"

#include <algorithm>
#include <mutex>
#include <optional>

#include "adapters/sqlite/directory_lock.hpp"
#include "adapters/sqlite/log_directory.hpp"
#include "adapters/sqlite/log_reader.hpp"
#include "base/log.hpp"

namespace signalbox::sqlite {
namespace {

constexpr int64_t kDayMs = 86'400'000;
constexpr int kRetryMs = 200;
const SystemClock kSystemClock;

}  // namespace

class SqliteEventLog::Impl {
 public:
  Impl(EventLogOptions options, DirectoryLock lock, OpenedSegments opened)
      : options_(std::move(options)),
        lock_(std::move(lock)),
        segments_(std::make_shared<SegmentList>(options_.directory, opened.segments, opened.writer->end())),
        newest_(opened.segments.back().first),
        last_append_ms_(opened.segments.back().last_append_ms),
        writer_(std::move(opened.writer)),
        queue_(
            options_.limits, [this](auto group, auto* positions) { return Write(group, positions); },
            [this](bool idle) { return Housekeep(idle); }) {}

  ports::AppendQueue& queue() { return queue_; }
  const std::shared_ptr<SegmentList>& segments() const { return segments_; }
  const EventLogOptions& options() const { return options_; }

  int64_t now_ms() const { return (options_.clock ? *options_.clock : kSystemClock).now_ms(); }

  Result<void> writable() const {
    std::lock_guard lock(failure_mutex_);
    return failure_ ? Result<void>(Fail(*failure_)) : Result<void>();
  }

  void Close() {
    queue_.Close();
    segments_->Close();
    writer_.reset();
    Note(Error(Code::kUnavailable, "the event log is closed").WithHint("try another node"));
  }

 private:
  using Pending = ports::AppendQueue::Pending;

  Result<void> Write(std::span<const Pending> group, std::vector<ports::AppendQueue::Positions>* positions);
  Result<void> BeginSegmentIfDue(int64_t append_ms);
  int Housekeep(bool idle);
  void Stop(const Error& error, size_t bytes);
  Result<void> Recover();
  void Note(std::optional<Error> failure);
  Result<void> Refusal() const;
  SegmentOptions segment_options() const { return {options_.vfs, options_.durable}; }

  const EventLogOptions options_;
  const DirectoryLock lock_;
  const std::shared_ptr<SegmentList> segments_;

  // Of the writing thread.
  uint64_t newest_;  // first offset of the segment being written
  int64_t last_append_ms_;
  std::unique_ptr<SegmentWriter> writer_;  // null after a failure
  LogGroup group_;
  size_t failed_bytes_ = 0;

  mutable std::mutex failure_mutex_;
  std::optional<Error> failure_;  // guarded by failure_mutex_

  ports::AppendQueue queue_;  // last: its threads use all of the above
};

Result<void> SqliteEventLog::Impl::Write(std::span<const Pending> group,
                                         std::vector<ports::AppendQueue::Positions>* positions) {
  if (!writer_) return Refusal();
  PackGroup(group, &group_);
  group_.append_ms = std::max(last_append_ms_, now_ms());
  auto written = BeginSegmentIfDue(group_.append_ms);
  if (written) {
    group_.first_offset = writer_->end();
    written = writer_->Append(group_);
  }
  if (!written) {
    Stop(written.error(), group_.payload.size());
    return Refusal();
  }
  last_append_ms_ = group_.append_ms;
  uint64_t offset = group_.first_offset;
  for (size_t i = 0; i < group.size(); ++i) {
    (*positions)[i].reserve(group[i].batch.size());
    for (size_t k = 0; k < group[i].batch.size(); ++k) (*positions)[i].push_back({0, offset++});
  }
  segments_->Grow(writer_->end(), last_append_ms_, writer_->bytes());
  return {};
}

Result<void> SqliteEventLog::Impl::BeginSegmentIfDue(int64_t append_ms) {
  if (writer_->empty()) return {};
  const bool other_day = writer_->first_append_ms() / kDayMs != append_ms / kDayMs;
  if (!other_day && writer_->bytes() < options_.segment_bytes) return {};
  // A failure is harmless: readers and the next start look into the log that stays beside the file.
  if (const auto sealed = writer_->Checkpoint(true); !sealed) {
    LogWarn("a segment of the event log was not sealed", {{"what", sealed.error().message()}});
  }
  const uint64_t first = writer_->end();
  auto next = SegmentWriter::Open(segments_->PathOf(first), first, segment_options());
  if (!next) {
    DeleteSegment(segments_->PathOf(first));
    return Fail(next.error());
  }
  writer_ = std::move(*next);
  newest_ = first;
  segments_->Add(first);
  return {};
}

int SqliteEventLog::Impl::Housekeep(bool idle) {
  if (!writer_) {
    const auto recovered = Recover();
    if (!recovered) {
      Note(recovered.error());
      return kRetryMs;
    }
    LogInfo("the event log can be written again");
    Note(std::nullopt);
  }
  if (writer_->unmoved_bytes() < (idle ? options_.move_bytes / 4 : options_.move_bytes)) return -1;
  if (const auto moved = writer_->Checkpoint(false); !moved) {
    LogWarn("the event log's write-ahead log was not moved", {{"what", moved.error().message()}});
  }
  return -1;
}

void SqliteEventLog::Impl::Stop(const Error& error, size_t bytes) {
  LogError("the event log cannot be written", {{"what", error.message()}});
  failed_bytes_ = bytes;
  writer_.reset();
  Note(error);
}

// Opens the newest file afresh: it decides whether the failed group was kept. The probe shows that
// the group would fit now, so that Writable does not turn back and forth on a full disk.
Result<void> SqliteEventLog::Impl::Recover() {
  auto opened = SegmentWriter::Open(segments_->PathOf(newest_), newest_, segment_options());
  if (!opened) return Fail(opened.error());
  if (auto probed = (*opened)->Probe(failed_bytes_); !probed) return probed;
  writer_ = std::move(*opened);
  if (!writer_->empty()) {
    last_append_ms_ = std::max(last_append_ms_, writer_->last_append_ms());
    segments_->Grow(writer_->end(), last_append_ms_, writer_->bytes());
  }
  return {};
}

void SqliteEventLog::Impl::Note(std::optional<Error> failure) {
  std::lock_guard lock(failure_mutex_);
  failure_ = std::move(failure);
}

// Whatever stopped the log, to who appends it is unavailable.
Result<void> SqliteEventLog::Impl::Refusal() const {
  const auto reason = writable();
  const std::string message = reason ? "the event log is being reopened" : reason.error().message();
  const std::string hint = reason ? "try again later" : reason.error().hint();
  return Fail(Error(Code::kUnavailable, message).WithHint(hint));
}

Result<std::unique_ptr<SqliteEventLog>> SqliteEventLog::Open(EventLogOptions options) {
  if (auto made = MakeDirectory(options.directory); !made) return Fail(made.error());
  auto lock = DirectoryLock::Acquire(options.directory);
  if (!lock) return Fail(lock.error());
  auto opened = OpenSegments(options.directory, {options.vfs, options.durable});
  if (!opened) return Fail(opened.error());
  auto impl = std::make_unique<Impl>(std::move(options), std::move(*lock), std::move(*opened));
  return std::unique_ptr<SqliteEventLog>(new SqliteEventLog(std::move(impl)));
}

SqliteEventLog::SqliteEventLog(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

SqliteEventLog::~SqliteEventLog() { impl_->Close(); }

void SqliteEventLog::Append(std::vector<ports::AppendRequest> batch, Done done) {
  impl_->queue().Append(std::move(batch), std::move(done));
}

Result<std::unique_ptr<ports::LogReader>> SqliteEventLog::OpenReader(uint32_t partition, uint64_t offset) {
  const auto range = Range(partition);
  if (!range) return Fail(range.error());
  if (offset < range->first || offset > range->end) {
    return Fail(
        Error(Code::kNotFound, "no offset " + std::to_string(offset) + " in the event log")
            .WithHint("offsets are " + std::to_string(range->first) + " to " + std::to_string(range->end)));
  }
  return std::make_unique<SqliteLogReader>(impl_->segments(), impl_->options().vfs, offset);
}

Result<ports::LogRange> SqliteEventLog::Range(uint32_t partition) const {
  if (partition == 0) return impl_->segments()->Range();
  return Fail(Error(Code::kNotFound, "no partition " + std::to_string(partition))
                  .WithHint("a SQLite event log has one, 0"));
}

Result<void> SqliteEventLog::Writable() const { return impl_->writable(); }

Result<void> SqliteEventLog::ApplyRetention(const model::Offsets& keep_from) {
  if (keep_from.empty()) return {};
  const auto& options = impl_->options();
  const int64_t now_ms = impl_->now_ms();
  const int64_t drop_before_ms = options.max_age_ms < now_ms ? now_ms - options.max_age_ms : 0;
  for (const auto& segment : impl_->segments()->Retire(keep_from[0], drop_before_ms, options.max_bytes)) {
    LogInfo("retention drops a segment", {{"first", static_cast<int64_t>(segment.first)}});
    DeleteSegment(impl_->segments()->PathOf(segment.first));
  }
  return {};
}

void SqliteEventLog::Close() { impl_->Close(); }

}  // namespace signalbox::sqlite
