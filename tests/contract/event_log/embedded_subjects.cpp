// The embedded media: the fake with one and three partitions, SQLite in a temporary directory.
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

}  // namespace signalbox::contract
