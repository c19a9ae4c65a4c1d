// Beginning and ending with the lease.
#include "app/node/process_duty.hpp"

#include <utility>

#include <nlohmann/json.hpp>

#include "base/hash.hpp"

namespace signalbox::app {
namespace {

constexpr const char* kLease = "process";

// A question about the lease ends before the next one is due twice over.
postgres::DatabaseOptions LeaseDatabase() {
  return {.max_sessions = 1, .wait_ms = 500, .connect_ms = 2000, .statement_ms = 2000, .call_ms = 3000};
}

// A partition's batch each. An erasure may have to look through much; an end waits for a call.
postgres::DatabaseOptions ArchiveDatabase() {
  return {
      .max_sessions = 3, .wait_ms = 20'000, .connect_ms = 2000, .statement_ms = 20'000, .call_ms = 25'000};
}

}  // namespace

ProcessDuty::ProcessDuty(StateCore& core, ports::Metrics& metrics)
    : core_(core),
      active_(metrics.GetGauge("signalbox_process_active",
                               "1 where this node writes checkpoints, dead letters and the archive")) {
  active_.Set(0);
}

ProcessDuty::~ProcessDuty() { Stop(); }

Result<std::unique_ptr<ProcessDuty>> ProcessDuty::Make(const Settings& settings, StateCore& core,
                                                       ports::Metrics& metrics, const std::string& node) {
  std::unique_ptr<ProcessDuty> duty(new ProcessDuty(core, metrics));
  if (!settings.shares_log()) return duty;
  if (settings.archive) {
    auto database = postgres::Database::Make(settings.stores.database_url, ArchiveDatabase());
    if (!database) return Fail(database.error());
    duty->archive_database_ = std::move(*database);
    duty->archive_ = std::make_unique<postgres::PostgresEventArchive>(duty->archive_database_);
    duty->archiver_ = std::make_unique<process::Archiver>(core.log(), *duty->archive_, metrics);
  }
  auto database = postgres::Database::Make(settings.stores.database_url, LeaseDatabase());
  if (!database) return Fail(database.error());
  duty->leases_ = std::make_unique<postgres::PostgresLeases>(std::move(*database));
  auto* self = duty.get();
  duty->keeper_ =
      std::make_unique<process::LeaseKeeper>(*duty->leases_, kLease, node + "/" + RandomId().substr(0, 8),
                                             [self](bool held) { held ? self->Begin() : self->End(); });
  return duty;
}

void ProcessDuty::Start() {
  if (keeper_) {
    keeper_->Start();
  } else {
    Begin();
  }
}

void ProcessDuty::Begin() {
  const std::lock_guard lock(work_mutex_);
  if (stopped_) return;
  if (keeper_) {
    core_.checkpointer().Begin({keeper_->term(), [keeper = keeper_.get()] { return keeper->held(); }});
  }
  // The former holder's last one may be on a disk that is out of reach.
  core_.checkpointer().Start(keeper_ != nullptr);
  core_.SendDeadLetters(true);
  if (archiver_) archiver_->Start();
  active_.Set(1);
}

void ProcessDuty::End() {
  const std::lock_guard lock(work_mutex_);
  active_.Set(0);
  core_.SendDeadLetters(false);
  core_.checkpointer().Stop();
  if (archiver_) archiver_->Stop();
}

void ProcessDuty::Stop() {
  {
    const std::lock_guard lock(work_mutex_);
    if (stopped_) return;
    stopped_ = true;
    if (archiver_) archiver_->Stop();
    core_.Stop(on_duty());
  }
  if (keeper_) keeper_->Stop();
  active_.Set(0);
}

void ProcessDuty::AddTo(Readiness& readiness) const {
  readiness.AddDetail("process", [this] {
    nlohmann::json detail = {{"role", on_duty() ? "active" : "standby"}};
    if (const auto why = keeper_ ? keeper_->standing_by() : std::string(); !why.empty()) {
      detail["standing_by"] = why;
    }
    return detail;
  });
  if (archiver_) readiness.AddDependency("archive", false, [this] { return archiver_->failure(); });
}

}  // namespace signalbox::app
