// The event archive as a PostgreSQL table partitioned by day.
#pragma once

#include <memory>

#include "adapters/postgres/database.hpp"
#include "ports/event_archive.hpp"

namespace signalbox::postgres {

// Rows come in through COPY; days are those of the append time, in UTC, so that a day that is no
// longer wanted is one DROP TABLE event_archive_<yyyymmdd>.
class PostgresEventArchive final : public ports::EventArchive {
 public:
  explicit PostgresEventArchive(std::shared_ptr<Database> database);
  ~PostgresEventArchive() override;

  Result<uint64_t> Next(uint32_t partition) const override;
  Result<void> Append(uint32_t partition, const std::vector<ports::LogEntry>& entries) override;
  Result<std::vector<ports::LogEntry>> Read(uint32_t partition, uint64_t from, size_t limit) const override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace signalbox::postgres
