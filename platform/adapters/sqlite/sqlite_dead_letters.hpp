// Dead letters as rows of a SQLite file of their own.
#pragma once

#include <memory>
#include <string>

#include "ports/dead_letters.hpp"

namespace signalbox::sqlite {

// Keeps at most kMaxLetters, the newest; each Add is durable when it returns.
class SqliteDeadLetters final : public ports::DeadLetters {
 public:
  static constexpr int64_t kMaxLetters = 1'000'000;

  // Errors: kUnavailable, kDataLoss; both name the file.
  static Result<std::unique_ptr<SqliteDeadLetters>> Open(const std::string& path);
  ~SqliteDeadLetters() override;

  Result<void> Add(const ports::DeadLetter& letter) override;
  Result<std::vector<ports::DeadLetter>> List(size_t limit) const override;

 private:
  struct Impl;
  explicit SqliteDeadLetters(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace signalbox::sqlite
