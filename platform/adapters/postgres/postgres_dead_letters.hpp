// Dead letters as rows of a PostgreSQL table.
#pragma once

#include <memory>

#include "adapters/postgres/database.hpp"
#include "ports/dead_letters.hpp"

namespace signalbox::postgres {

// Keeps at least the newest kMaxLetters. Add fails with kUnavailable while the database is away:
// ports::ForwardedDeadLetters keeps letters until it is back.
class PostgresDeadLetters final : public ports::DeadLetters {
 public:
  static constexpr int64_t kMaxLetters = 1'000'000;

  explicit PostgresDeadLetters(std::shared_ptr<Database> database);
  ~PostgresDeadLetters() override;

  Result<void> Add(const ports::DeadLetter& letter) override;
  Result<std::vector<ports::DeadLetter>> List(size_t limit) const override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace signalbox::postgres
