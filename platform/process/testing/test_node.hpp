// Test fixture: a tenant with recording signals over a fake log of three partitions; can be
// restarted on the same log, catalogue and checkpoints.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "model/record_codec.hpp"
#include "ports/fakes/memory_catalogue_store.hpp"
#include "ports/fakes/memory_event_log.hpp"
#include "ports/fakes/recording_metrics.hpp"
#include "process/checkpointer.hpp"
#include "process/testing/recording_signal.hpp"

namespace signalbox::process::testing {

class FakeDeadLetters final : public ports::DeadLetters {
 public:
  Result<void> Add(const ports::DeadLetter& letter) override {
    letters.push_back(letter);
    return {};
  }
  Result<std::vector<ports::DeadLetter>> List(size_t) const override { return letters; }
  std::vector<ports::DeadLetter> letters;
};

// What outlives a restart.
struct World {
  explicit World(uint32_t partition_count) : partitions(partition_count) {
    std::string pattern = (std::filesystem::temp_directory_path() / "signalbox-process-XXXXXX").string();
    checkpoint_dir = mkdtemp(pattern.data());
  }
  ~World() { std::filesystem::remove_all(checkpoint_dir); }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  uint32_t partitions;
  ManualClock clock{1'700'000'000'000};
  std::shared_ptr<ports::fakes::MemoryLogStorage> storage =
      std::make_shared<ports::fakes::MemoryLogStorage>();
  ports::fakes::MemoryCatalogueStore catalogue{&clock};
  ports::fakes::RecordingMetrics metrics;
  FakeDeadLetters dead_letters;
  std::string checkpoint_dir;
  HashKey key{1, 2, 3};
};

struct TestNode {
  explicit TestNode(World& w, size_t batch_entries = 512, std::vector<std::string> names = {"a", "b"})
      : world(w),
        log({.partitions = w.partitions, .clock = &w.clock, .storage = w.storage}),
        tenant({.name = "default", .hash_key = w.key}, types, epochs),
        signals(names, tenant),
        deps{log, w.catalogue, w.dead_letters, w.clock, w.metrics, {{"default", {&tenant, &signals}}}, w.key},
        processor(deps, {.batch_entries = batch_entries}),
        checkpointer({.dir = w.checkpoint_dir}, processor, log, deps.tenants, w.key, w.clock, w.metrics) {}

  void Append(std::vector<model::LogRecord> records) {
    std::vector<ports::AppendRequest> batch;
    for (const auto& record : records) {
      ports::AppendRequest request{model::PartitionKey(record), {}};
      model::EncodeRecord(record, &request.payload);
      batch.push_back(std::move(request));
    }
    (void)ports::fakes::AppendAndWait(log, std::move(batch));
  }
  std::vector<std::string> Export() { return *CanonicalExport(deps.tenants, processor.deduplicator()); }

  World& world;
  EpochDomain epochs;
  state::EventTypes types{{{"view", 1}, {"click", 3}, {"purchase", 10}}};
  ports::fakes::MemoryEventLog log;
  state::TenantState tenant;
  RecordingSignals signals;
  ProcessorDeps deps;
  Processor processor;
  Checkpointer checkpointer;
};

inline model::LogRecord Event(std::string user, std::string item, int64_t minute, std::string type = "view") {
  model::LogRecord record;
  record.user = std::move(user);
  record.item = std::move(item);
  record.type = std::move(type);
  record.event_time_ms = 1'700'000'000'000 + minute * 60'000;
  return record;
}

}  // namespace signalbox::process::testing
