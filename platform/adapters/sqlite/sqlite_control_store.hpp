// The control store in a SQLite database through Poco::Data.
#pragma once

#include <memory>
#include <string>

#include "ports/ruled_control_store.hpp"

namespace signalbox::sqlite {

// One session writes, another reads beside it; each serves one caller at a time. Several processes may
// open the same file.
class SqliteControlStore final : public ports::RuledControlStore {
 public:
  // Opens or makes the file, which other parts may share, and brings the control store's tables up to
  // date. clock: null = the system's, else it outlives the store.
  // Errors: kConflict when its tables are newer than this program, kDataLoss, kUnavailable.
  static Result<std::unique_ptr<SqliteControlStore>> Open(const std::string& path,
                                                          const Clock* clock = nullptr);
  ~SqliteControlStore() override;

 protected:
  Result<void> Write(const Body& body) override;
  Result<void> Read(const Body& body) const override;
  const Clock& clock() const override;

 private:
  struct Impl;
  explicit SqliteControlStore(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace signalbox::sqlite
