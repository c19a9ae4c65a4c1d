// A part of the database's tables and the numbered steps that lead to them.
#pragma once

#include <Poco/Data/Session.h>
#include <libpq-fe.h>

#include <atomic>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace signalbox::postgres {

// Brings a part of the database to version steps.size(): step i leads from version i to i + 1.
// All of it is one transaction, under one advisory lock for all processes that start at once, with
// a row per step in schema_migrations. Throws what Poco throws.
// Errors: kConflict when the database is newer than the steps.
Result<void> Migrate(Poco::Data::Session& session, PGconn* connection, const std::string& part,
                     const std::vector<std::string>& steps);

// One store's part, brought up to date on the first connection. Threads: any.
class Schema {
 public:
  Schema(std::string part, const std::vector<std::string>& steps) : part_(std::move(part)), steps_(steps) {}

  // Use: SessionPool::Use. Errors: as Migrate; kUnavailable while another thread migrates.
  template <typename Use>
  Result<void> Ensure(Use& use) {
    if (current_.load(std::memory_order_acquire)) return {};
    const std::unique_lock lock(mutex_, std::chrono::milliseconds(kWaitMs));
    if (!lock.owns_lock()) {
      return Fail(Error(Code::kUnavailable, "the tables of the " + part_ + " are being migrated")
                      .WithHint("try again"));
    }
    if (current_.load(std::memory_order_relaxed)) return {};
    use.SetDeadline(kMigrateMs);
    auto migrated = Migrate(use.session(), use.connection(), part_, steps_);
    if (migrated) current_.store(true, std::memory_order_release);
    return migrated;
  }

 private:
  static constexpr int kWaitMs = 2000;
  static constexpr int kMigrateMs = 600'000;
  const std::string part_;
  const std::vector<std::string>& steps_;
  std::timed_mutex mutex_;
  std::atomic<bool> current_{false};
};

}  // namespace signalbox::postgres
