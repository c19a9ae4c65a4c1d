// One thread per partition reads and applies. What follows the catalogue: processor_catalogue.cpp.
#include "process/processor.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/log.hpp"
#include "base/trace.hpp"
#include "process/same_log.hpp"

namespace signalbox::process {
namespace {

constexpr int kReadWaitMs = 100, kReopenMs = 200, kRetryMs = 1000;
constexpr int64_t kMeasureEveryUs = 1'000'000, kTellEveryUs = 1'000'000;

}  // namespace

Processor::Processor(ProcessorDeps deps, ProcessorOptions options)
    : deps_(std::move(deps)),
      options_(options),
      dedup_(deps_.log.partitions(), options.dedup_window_hours),
      measured_lag_(deps_.log.partitions()),
      errors_(
          deps_.metrics.GetCounter("event_processing_errors_total", "Records that went to the dead letters")),
      duplicates_(deps_.metrics.GetCounter("signalbox_process_duplicates_total",
                                           "Events left out because their id was seen before")) {
  const uint32_t partitions = deps_.log.partitions();
  progress_ = {model::Offsets(partitions), std::vector<uint32_t>(partitions),
               std::vector<int64_t>(partitions)};
  applied_ = progress_.offsets;
  for (uint32_t p = 0; p < partitions; ++p) {
    lag_.push_back(&deps_.metrics.GetGauge("signalbox_process_lag_records",
                                           "Records of the log that are not applied here yet",
                                           {{"partition", std::to_string(p)}}));
    truncated_.push_back(&deps_.metrics.GetGauge("signalbox_process_log_truncated",
                                                 "1 = the log no longer holds what was applied from it here",
                                                 {{"partition", std::to_string(p)}}));
  }
  for (const auto& [name, slot] : deps_.tenants) {
    pipelines_.emplace(name,
                       std::make_unique<TenantPipeline>(*slot.state, slot.state->users(), slot.AllSignals()));
  }
}

Processor::~Processor() { Stop(); }

void Processor::Resume(const Progress& progress) {
  progress_ = progress;
  const std::lock_guard lock(applied_mutex_);
  applied_ = progress.offsets;
}

Result<void> Processor::Replay(const std::function<void(uint64_t, uint64_t)>& report) {
  uint64_t total = 0, done = 0;
  std::vector<ports::LogRange> ranges;
  for (uint32_t p = 0; p < deps_.log.partitions(); ++p) {
    const auto range = deps_.log.Range(p);
    if (!range) return Fail(range.error());
    if (progress_.offsets[p] < range->first) progress_.offsets[p] = range->first;
    ranges.push_back(*range);
    total += range->end - std::min(range->end, progress_.offsets[p]);
  }
  std::vector<ports::LogEntry> entries;
  for (uint32_t p = 0; p < ranges.size(); ++p) {
    auto reader = deps_.log.OpenReader(p, progress_.offsets[p]);
    if (!reader) return Fail(reader.error());
    // Not by progress_.offsets: the last offsets of a partition may hold no record.
    while ((*reader)->next() < ranges[p].end) {
      entries.clear();
      const auto read = (*reader)->Read(options_.batch_entries, kReadWaitMs, &entries);
      if (!read) return Fail(read.error());
      if (const auto applied = ApplyBatch(p, entries); !applied) return applied;
      done += entries.size();
      if (report) report(done, total);
    }
    NoteApplied(p, (*reader)->next());
  }
  return {};
}

// Everything before `next` is applied, or holds no record.
void Processor::NoteApplied(uint32_t partition, uint64_t next) {
  {
    const std::lock_guard lock(applied_mutex_);
    if (applied_[partition] >= next) return;
    applied_[partition] = next;
  }
  applied_changed_.notify_all();
}

bool Processor::MeasureLag(uint32_t partition) {
  // Before the range: what is applied meanwhile is in it.
  const uint64_t applied = Applied()[partition];
  const auto range = deps_.log.Range(partition);
  if (!range) return true;
  const uint64_t lag = range->end - std::min(range->end, applied);
  measured_lag_[partition].store(lag, std::memory_order_relaxed);
  lag_[partition]->Set(static_cast<double>(lag));
  return range->end >= applied;
}

uint64_t Processor::lag_records() const {
  uint64_t sum = 0;
  for (const auto& lag : measured_lag_) sum += lag.load(std::memory_order_relaxed);
  return sum;
}

bool Processor::Maintain(const TenantSlot& slot) {
  bool more = false;
  for (auto* signal : slot.AllSignals()) {
    bool again = false;
    const std::lock_guard lock(state_mutex_);
    if (const auto kept = signal->Maintain(options_.maintain_budget_us, &again); kept) more |= again;
  }
  return more;
}

void Processor::MaintainUntilIdle(int64_t max_ms) {
  const int64_t end = MonotonicMicros() + max_ms * 1000;
  for (bool more = true; more && MonotonicMicros() < end;) {
    more = false;
    for (const auto& [name, slot] : deps_.tenants) more |= Maintain(slot);
  }
}

void Processor::Start() {
  stopping_ = false;
  for (uint32_t p = 0; p < deps_.log.partitions(); ++p)
    threads_.emplace_back([this, p] { FollowPartition(p); });
  threads_.emplace_back([this] { FollowCatalogue(); });
}

void Processor::Stop() {
  {
    const std::lock_guard lock(wake_mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

void Processor::NoteCatalogueChange() {
  {
    const std::lock_guard lock(wake_mutex_);
    catalogue_changed_ = true;
  }
  wake_.notify_all();
}

void Processor::WithStatePaused(const std::function<void(const Progress&)>& body) {
  const std::lock_guard lock(state_mutex_);
  body(progress_);
}

uint64_t Processor::EventHash(std::string_view tenant, std::string_view event_id) const {
  return KeyedHash(deps_.hash_key, "event\x1f" + std::string(tenant), event_id);
}

bool Processor::IsDuplicate(std::string_view tenant, std::string_view event_id) const {
  const uint64_t hash = EventHash(tenant, event_id);
  for (uint32_t p = 0; p < deps_.log.partitions(); ++p) {
    if (dedup_.Contains(p, hash)) return true;
  }
  return false;
}

std::string Processor::failure() const {
  const std::lock_guard lock(applied_mutex_);
  return failures_.empty() ? std::string() : failures_.begin()->second;
}

model::Offsets Processor::Applied() const {
  const std::lock_guard lock(applied_mutex_);
  return applied_;
}

bool Processor::WaitFor(model::LogPosition position, int wait_ms) {
  std::unique_lock lock(applied_mutex_);
  if (position.partition >= applied_.size()) return false;
  return applied_changed_.wait_for(lock, std::chrono::milliseconds(wait_ms),
                                   [&] { return applied_[position.partition] > position.offset; });
}

Result<void> Processor::ApplyBatch(uint32_t partition, const std::vector<ports::LogEntry>& entries) {
  if (entries.empty()) return {};
  {
    const std::lock_guard lock(state_mutex_);
    for (const auto& entry : entries) ApplyEntry(partition, entry);
    for (const auto& [name, pipeline] : pipelines_) pipeline->Flush();
    progress_.offsets[partition] = entries.back().position.offset + 1;
    progress_.last_checksums[partition] = ContentChecksum(entries.back());
    progress_.last_append_ms[partition] = entries.back().append_ms;
  }
  applied_count_.fetch_add(entries.size(), std::memory_order_relaxed);
  NoteApplied(partition, entries.back().position.offset + 1);
  return {};
}

void Processor::ApplyEntry(uint32_t partition, const ports::LogEntry& entry) {
  if (!entry.problem.empty()) {
    Bury(entry, "", Error(Code::kInvalidArgument, entry.problem));
    return;
  }
  const auto record = model::DecodeRecord(entry.payload);
  if (!record) {
    Bury(entry, "", record.error());
    return;
  }
  const auto pipeline = pipelines_.find(record->tenant);
  if (pipeline == pipelines_.end()) {
    Bury(entry, record->tenant,
         Error(Code::kInvalidArgument,
               "tenant is not configured here; add it under tenants.names and replay"));
    return;
  }
  if (record->client_event_id &&
      !dedup_.Insert(partition, EventHash(record->tenant, record->event_id), entry.append_ms)) {
    duplicates_.Add();
    return;
  }
  if (const auto applied = pipeline->second->Apply(*record, partition, entry.position.offset); !applied) {
    Bury(entry, record->tenant, applied.error());
    return;
  }
  ProcessedCounter(record->kind == model::RecordKind::kEvent   ? record->type
                   : record->kind == model::RecordKind::kMerge ? std::string_view("merge")
                                                               : std::string_view("forget"))
      .Add();
}

ports::Counter& Processor::ProcessedCounter(std::string_view type) {
  const auto found = processed_.find(type);
  if (found != processed_.end()) return *found->second;
  auto& counter = deps_.metrics.GetCounter("events_processed_total", "Records applied to the state",
                                           {{"event_type", std::string(type)}});
  processed_.emplace(type, &counter);
  return counter;
}

void Processor::Bury(const ports::LogEntry& entry, std::string_view tenant, const Error& error) {
  errors_.Add();
  const auto kept = deps_.dead_letters.Add({entry.position, entry.append_ms, std::string(tenant), "",
                                            error.message(), entry.payload, entry.trace_parent});
  if (!kept) LogError("a dead letter could not be kept", {{"error", kept.error().message()}});
  ++untold_;
  const int64_t now_us = MonotonicMicros();
  if (now_us - told_us_ < kTellEveryUs) return;
  LogWarn("a record went to the dead letters", {{"position", model::ToString(entry.position)},
                                                {"reason", error.message()},
                                                {"trace_id", std::string(TraceIdOf(entry.trace_parent))},
                                                {"since_the_last_told", untold_}});
  told_us_ = now_us;
  untold_ = 0;
}

// check: the log may have been changed behind what was applied, while nobody was reading it.
Result<std::unique_ptr<ports::LogReader>> Processor::OpenReader(uint32_t partition, bool check) {
  AppliedMark mark{partition};
  WithStatePaused([&](const Progress& progress) {
    mark.offset = progress.offsets[partition];
    mark.checksum = progress.last_checksums[partition];
  });
  if (check) {
    if (const auto same = CheckSameLog(deps_.log, mark); !same) return Fail(same.error());
  }
  return deps_.log.OpenReader(partition, mark.offset);
}

void Processor::NoteReading(uint32_t partition, const Error* error) {
  {
    const std::lock_guard lock(applied_mutex_);
    if (error != nullptr) {
      failures_[partition] = error->message();
    } else {
      failures_.erase(partition);
    }
  }
  // Whoever sees the gauge finds the reason.
  truncated_[partition]->Set(error != nullptr && error->code() == Code::kDataLoss ? 1 : 0);
  if (error != nullptr) {
    LogError("the event log cannot be read",
             {{"partition", static_cast<int64_t>(partition)}, {"error", error->message()}});
  }
}

void Processor::FollowPartition(uint32_t partition) {
  std::unique_ptr<ports::LogReader> reader;
  std::vector<ports::LogEntry> entries;
  int64_t measure_at_us = 0;
  bool check = false, failing = false;
  while (!stopping_) {
    if (const int64_t now_us = MonotonicMicros(); now_us >= measure_at_us) {
      if (!MeasureLag(partition)) {
        reader.reset();
        check = true;
      }
      measure_at_us = now_us + kMeasureEveryUs;
    }
    entries.clear();
    Result<size_t> read = size_t{0};
    if (!reader) {
      auto opened = OpenReader(partition, check);
      if (opened) {
        reader = std::move(*opened);
      } else {
        read = Fail(opened.error());
      }
    }
    if (reader) read = reader->Read(options_.batch_entries, kReadWaitMs, &entries);
    if (read && reader->interrupted()) {
      // What came after may not be what follows on what was applied.
      reader.reset();
      check = true;
      Sleep(kReopenMs);
      continue;
    }
    if (read) {
      if (std::exchange(failing, false)) NoteReading(partition, nullptr);
      (void)ApplyBatch(partition, entries);
      NoteApplied(partition, reader->next());
      continue;
    }
    NoteReading(partition, &read.error());
    reader.reset();
    check = failing = true;
    Sleep(kRetryMs);
  }
}

// Or less, when stopping.
void Processor::Sleep(int ms) {
  std::unique_lock lock(wake_mutex_);
  wake_.wait_for(lock, std::chrono::milliseconds(ms), [this] { return stopping_.load(); });
}

}  // namespace signalbox::process
