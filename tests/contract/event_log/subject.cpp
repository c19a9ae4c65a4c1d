// The media: the fake with one and three partitions, SQLite in a temporary directory.
#include "subject.hpp"

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "adapters/sqlite/sqlite_event_log.hpp"
#include "ports/fakes/memory_event_log.hpp"

namespace signalbox::contract {
namespace {

class MemorySubject final : public LogSubject {
 public:
  explicit MemorySubject(uint32_t partitions) : partitions_(partitions) {}

  std::unique_ptr<ports::EventLog> Open(const LogSettings& settings) override {
    ports::fakes::MemoryEventLogOptions options;
    options.partitions = partitions_;
    options.clock = settings.clock;
    options.limits = settings.limits;
    options.max_age_ms = settings.max_age_ms;
    options.max_bytes = settings.max_bytes;
    options.storage = storage_;
    return std::make_unique<ports::fakes::MemoryEventLog>(options);
  }

 private:
  const uint32_t partitions_;
  const std::shared_ptr<ports::fakes::MemoryLogStorage> storage_ =
      std::make_shared<ports::fakes::MemoryLogStorage>();
};

class SqliteSubject final : public LogSubject {
 public:
  SqliteSubject() {
    std::string pattern = testing::TempDir() + "event_log_XXXXXX";
    if (!mkdtemp(pattern.data())) throw std::runtime_error("no temporary directory");
    directory_ = pattern;
  }
  ~SqliteSubject() override { std::filesystem::remove_all(directory_); }

  std::unique_ptr<ports::EventLog> Open(const LogSettings& settings) override {
    sqlite::EventLogOptions options;
    options.directory = directory_;
    options.clock = settings.clock;
    options.limits = settings.limits;
    options.segment_bytes = settings.segment_bytes;
    options.max_age_ms = settings.max_age_ms;
    options.max_bytes = settings.max_bytes;
    auto opened = sqlite::SqliteEventLog::Open(options);
    if (!opened) throw std::runtime_error(opened.error().message());
    return std::move(*opened);
  }

 private:
  std::string directory_;
};

}  // namespace

std::vector<LogKind> AllLogKinds() {
  return {{"Memory1", [] { return std::make_unique<MemorySubject>(1); }},
          {"Memory3", [] { return std::make_unique<MemorySubject>(3); }},
          {"Sqlite", [] { return std::make_unique<SqliteSubject>(); }}};
}

std::vector<ports::AppendRequest> Batch(const std::string& key, const std::vector<std::string>& payloads) {
  std::vector<ports::AppendRequest> batch;
  for (const auto& payload : payloads) batch.push_back({key, payload});
  return batch;
}

std::vector<std::vector<ports::LogEntry>> ReadAll(ports::EventLog& log) {
  std::vector<std::vector<ports::LogEntry>> all(log.partitions());
  for (uint32_t p = 0; p < log.partitions(); ++p) {
    const auto range = log.Range(p);
    if (!range) throw std::runtime_error(range.error().message());
    auto reader = log.OpenReader(p, range->first);
    if (!reader) throw std::runtime_error(reader.error().message());
    while (all[p].size() < range->end - range->first) {
      const auto read = (*reader)->Read(1000, 0, &all[p]);
      if (!read) throw std::runtime_error(read.error().message());
      if (*read == 0) throw std::runtime_error("the log ends before its range");
    }
  }
  return all;
}

std::vector<std::string> Payloads(ports::EventLog& log) {
  std::vector<std::string> payloads;
  for (auto& partition : ReadAll(log)) {
    for (auto& entry : partition) payloads.push_back(std::move(entry.payload));
  }
  return payloads;
}

}  // namespace signalbox::contract
