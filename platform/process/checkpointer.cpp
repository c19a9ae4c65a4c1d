// Writing checkpoints.
#include "process/checkpointer.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/log.hpp"
#include "process/checkpoint_sections.hpp"
#include "state/checkpoint_manifest.hpp"

namespace signalbox::process {
namespace {

// Checkpoints of one turn; their sequences read <term><nine digits>.
constexpr uint64_t kTermStep = 1'000'000'000;

}  // namespace

struct Checkpointer::Frozen {
  struct Tenant {
    std::string name;
    state::TenantState* state;
    uint32_t items;
    std::shared_ptr<const state::CatalogueView> catalogue;
    std::shared_ptr<const state::UserStore::Frozen> users;
    std::vector<std::pair<std::string, std::unique_ptr<signals::Signal::Frozen>>> signals;
  };
  state::CheckpointManifest manifest;
  std::shared_ptr<const void> dedup;
  std::vector<Tenant> tenants;
};

Checkpointer::Checkpointer(CheckpointOptions options, Processor& processor, ports::EventLog& log,
                           Tenants tenants, HashKey hash_key, const Clock& clock, ports::Metrics& metrics)
    : options_(std::move(options)),
      processor_(processor),
      log_(log),
      tenants_(std::move(tenants)),
      hash_key_(hash_key),
      clock_(clock),
      pause_seconds_(metrics.GetHistogram("signalbox_checkpoint_pause_seconds",
                                          "How long updates stood still", ports::kLatencyBuckets)),
      write_seconds_(metrics.GetHistogram("signalbox_checkpoint_write_seconds", "From freeze to commit",
                                          {0.01, 0.1, 0.5, 1, 5, 10, 30, 60})),
      failures_(
          metrics.GetCounter("signalbox_checkpoint_failures_total", "Checkpoints that were not committed")) {}

Checkpointer::~Checkpointer() { Stop(); }

Result<Checkpointer::Frozen> Checkpointer::FreezeState() {
  Frozen frozen;
  Result<void> outcome;
  processor_.WithStatePaused([&](const Progress& progress) {
    const int64_t start = MonotonicMicros();
    frozen.manifest.offsets = progress.offsets;
    frozen.manifest.last_checksums = progress.last_checksums;
    frozen.dedup = processor_.deduplicator().Freeze();
    for (const auto& [name, slot] : tenants_) {
      Frozen::Tenant tenant{name,
                            slot.state,
                            slot.state->items().size(),
                            slot.state->catalogue().view(),
                            slot.state->users().Freeze(),
                            {}};
      for (size_t i = 0; i < slot.signals->size(); ++i) {
        auto& signal = slot.signals->at(i);
        if (signal.health() == signals::Health::kQuarantined) continue;
        auto snapshot = signal.Freeze();
        if (!snapshot) {
          outcome = Fail(snapshot.error());
          return;
        }
        tenant.signals.emplace_back(signal.name(), std::move(*snapshot));
      }
      frozen.tenants.push_back(std::move(tenant));
    }
    pause_seconds_.Observe(static_cast<double>(MonotonicMicros() - start) / 1e6);
  });
  if (!outcome) return Fail(outcome.error());
  // A number that was used in vain is not used again.
  if (next_sequence_ > 0) frozen.manifest.sequence = next_sequence_++;
  frozen.manifest.created_ms = clock_.now_ms();
  frozen.manifest.hash_key = hash_key_;
  if (!tenants_.empty()) {
    frozen.manifest.properties[kEventTypesProperty] =
        EventTypesProperty(tenants_.begin()->second.state->types());
  }
  return frozen;
}

Result<void> Checkpointer::WriteSections(const Frozen& frozen) {
  auto writer = state::CheckpointWriter::Begin(options_.dir, frozen.manifest);
  if (!writer) return Fail(writer.error());
  const auto section = [&](const std::string& name, const auto& write) -> Result<void> {
    auto sink = (*writer)->Section(name);
    if (!sink) return Fail(sink.error());
    return write(**sink);
  };
  auto& dedup = processor_.deduplicator();
  auto done = section(DedupSection(), [&](ByteSink& sink) { return dedup.Write(frozen.dedup.get(), sink); });
  for (const auto& tenant : frozen.tenants) {
    const auto& state = *tenant.state;
    if (done) {
      done = section(TenantSection(tenant.name, "items"),
                     [&](ByteSink& sink) { return state.items().Write(tenant.items, sink); });
    }
    if (done) {
      done = section(TenantSection(tenant.name, "catalogue"),
                     [&](ByteSink& sink) { return state.catalogue().Write(*tenant.catalogue, sink); });
    }
    if (done) {
      done = section(TenantSection(tenant.name, "users"),
                     [&](ByteSink& sink) { return state.users().Write(*tenant.users, sink); });
    }
    for (const auto& signal : tenant.signals) {
      if (!done) break;
      done = section(SignalSection(tenant.name, signal.first),
                     [&](ByteSink& sink) { return signal.second->Write(sink); });
    }
  }
  if (!done) return done;
  if (!MayWrite()) {
    return Fail(Code::kConflict, "another process writes checkpoints now; this one was left uncommitted");
  }
  return (*writer)->Commit(options_.keep);
}

Result<void> Checkpointer::WriteNow() {
  const std::lock_guard lock(write_mutex_);
  const int64_t start = MonotonicMicros();
  const uint64_t count = processor_.applied_count();
  if (!MayWrite()) return Fail(Code::kConflict, "another process writes checkpoints now");
  auto written = [&]() -> Result<void> {
    auto frozen = FreezeState();
    if (!frozen) return Fail(frozen.error());
    return WriteSections(*frozen);
  }();
  if (!written) {
    failures_.Add();
    return written;
  }
  written_at_count_ = count;
  write_seconds_.Observe(static_cast<double>(MonotonicMicros() - start) / 1e6);
  if (!MayWrite()) return {};
  if (const auto oldest = state::CheckpointReader::OldestOffsets(options_.dir)) {
    if (const auto kept = log_.ApplyRetention(*oldest); !kept) {
      LogWarn("retention could not be applied", {{"error", kept.error().message()}});
    }
  }
  return {};
}

void Checkpointer::Begin(CheckpointTurn turn) {
  const std::lock_guard lock(write_mutex_);
  const auto kept = state::CheckpointSequences(options_.dir);
  const uint64_t last_term = kept.empty() ? 0 : kept.front() / kTermStep;
  if (next_sequence_ == 0 || turn.term != turn_.term || last_term > next_sequence_ / kTermStep) {
    next_sequence_ = std::max(turn.term, last_term + 1) * kTermStep + 1;
  }
  turn_ = std::move(turn);
}

void Checkpointer::Start(bool at_once) {
  stopping_ = false;
  at_once_ = at_once;
  thread_ = std::thread([this] { Loop(); });
}

void Checkpointer::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Checkpointer::Loop() {
  auto last = std::chrono::steady_clock::now();
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    wake_.wait_for(lock, std::chrono::milliseconds(200), [this] { return stopping_; });
    if (stopping_) return;
    uint64_t fresh = 0;
    {
      const std::lock_guard write_lock(write_mutex_);
      fresh = processor_.applied_count() - written_at_count_;
    }
    const auto now = std::chrono::steady_clock::now();
    const bool due = now - last >= std::chrono::seconds(options_.interval_seconds);
    if (!at_once_ && (fresh == 0 || (!due && fresh < options_.every_records))) continue;
    at_once_ = false;
    lock.unlock();
    if (const auto written = WriteNow(); !written) {
      LogError("no checkpoint could be written; the former one stays in force",
               {{"error", written.error().message()}});
    }
    last = std::chrono::steady_clock::now();
    lock.lock();
  }
}

}  // namespace signalbox::process
