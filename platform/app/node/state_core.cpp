// Opening the parts in the order in which they need each other.
#include "app/node/state_core.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>

#include "adapters/postgres/postgres_catalogue_store.hpp"
#include "adapters/postgres/postgres_dead_letters.hpp"
#include "adapters/sqlite/sqlite_catalogue_store.hpp"
#include "adapters/sqlite/sqlite_dead_letters.hpp"
#include "app/node/event_log.hpp"
#include "base/log.hpp"

namespace signalbox::app {
namespace {

namespace fs = std::filesystem;

Result<void> WriteKeyFile(const std::string& path, const HashKey& key) {
  const std::string fresh = path + ".new";
  const int file = open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const bool written = file >= 0 && write(file, key.data(), key.size()) == static_cast<ssize_t>(key.size()) &&
                       fsync(file) == 0;
  const std::string reason = std::strerror(errno);
  if (file >= 0) close(file);
  if (!written || rename(fresh.c_str(), path.c_str()) != 0) {
    return Fail(Code::kUnavailable, "cannot write " + path + ": " + reason);
  }
  return {};
}

}  // namespace

StateCore::StateCore(const Settings& settings, const Clock& clock, ports::Metrics& metrics,
                     sqlite::DirectoryLock lock)
    : settings_(settings),
      clock_(clock),
      metrics_(metrics),
      lock_(std::move(lock)),
      types_(settings.event_types) {}

StateCore::~StateCore() { Stop(false); }

Result<std::unique_ptr<StateCore>> StateCore::Open(const Settings& settings, const Clock& clock,
                                                   ports::Metrics& metrics,
                                                   const BeforeRestore& before_restore) {
  std::error_code failed;
  fs::create_directories(settings.data_dir, failed);
  if (failed) {
    return Fail(Code::kUnavailable, "cannot make the data directory " + settings.data_dir + ": " +
                                        failed.message() + "; check data_dir");
  }
  auto lock = sqlite::DirectoryLock::Acquire(settings.data_dir);
  if (!lock) return Fail(lock.error());
  std::unique_ptr<StateCore> core(new StateCore(settings, clock, metrics, std::move(*lock)));
  if (auto opened = core->OpenStores(); !opened) return Fail(opened.error());
  if (before_restore) {
    if (auto done = before_restore(*core->log_); !done) return Fail(done.error());
  }
  if (auto opened = core->OpenIdentity(); !opened) return Fail(opened.error());
  if (auto opened = core->OpenTenants(); !opened) return Fail(opened.error());
  core->processor_ = std::make_unique<process::Processor>(core->Deps(), settings.process);
  core->checkpointer_ = std::make_unique<process::Checkpointer>(
      settings.checkpoint, *core->processor_, *core->log_, core->slots_, core->hash_key_, clock, metrics);
  return core;
}

Result<void> StateCore::OpenStores() {
  auto log = OpenEventLog(settings_, clock_);
  if (!log) return Fail(log.error());
  log_ = std::move(*log);
  return OpenCatalogue();
}

// Dead letters are kept on this machine in either case, so that none waits for a database.
Result<void> StateCore::OpenCatalogue() {
  auto letters = sqlite::SqliteDeadLetters::Open(settings_.data_dir + "/dead-letters.db");
  if (!letters) return Fail(letters.error());
  if (settings_.stores.control_store == "postgres") {
    auto database = postgres::Database::Make(settings_.stores.database_url);
    if (!database) return Fail(database.error());
    database_ = std::move(*database);
    catalogue_ = std::make_unique<postgres::PostgresCatalogueStore>(database_, clock_);
    constexpr int kRetryMs = 1000;
    auto forwarded = std::make_unique<ports::ForwardedDeadLetters>(
        std::move(*letters), std::make_unique<postgres::PostgresDeadLetters>(database_), kRetryMs, false);
    forwarded_ = forwarded.get();
    dead_letters_ = std::move(forwarded);
    return {};
  }
  auto catalogue = sqlite::SqliteCatalogueStore::Open(settings_.data_dir + "/control.db", &clock_);
  if (!catalogue) return Fail(catalogue.error());
  catalogue_ = std::move(*catalogue);
  dead_letters_ = std::move(*letters);
  return {};
}

Result<void> StateCore::OpenIdentity() {
  const auto kept = process::ReadCheckpointIdentity(settings_.checkpoint.dir);
  if (!kept) return Fail(kept.error());
  if (*kept)
    types_ = state::EventTypes(process::KeepTypeIndexes((*kept)->event_types, settings_.event_types));
  const std::string path = settings_.data_dir + "/hash.key";
  if (*kept) {
    hash_key_ = (*kept)->hash_key;
    return {};
  }
  std::ifstream file(path, std::ios::binary);
  if (file.read(reinterpret_cast<char*>(hash_key_.data()), static_cast<std::streamsize>(hash_key_.size())))
    return {};
  if (fs::exists(path)) {
    return Fail(Code::kDataLoss, path + " is damaged; restore it, or remove it to key the visitors anew");
  }
  hash_key_ = RandomHashKey();
  return WriteKeyFile(path, hash_key_);
}

Result<void> StateCore::OpenTenants() {
  for (const auto& name : settings_.tenants) {
    state::TenantOptions options;
    options.name = name;
    options.hash_key = hash_key_;
    options.users = settings_.users;
    options.implicit_items = settings_.implicit_items;
    options.long_text_dir = settings_.data_dir + "/texts/" + name;
    std::error_code failed;
    fs::create_directories(options.long_text_dir, failed);
    if (failed)
      return Fail(Code::kUnavailable, "cannot make " + options.long_text_dir + ": " + failed.message());
    Tenant tenant;
    tenant.state = std::make_unique<state::TenantState>(std::move(options), types_, epochs_);
    auto signals = signals::SignalSet::Create(settings_.signals, settings_.signal_options, *tenant.state,
                                              clock_, epochs_, metrics_);
    if (!signals) return Fail(signals.error());
    tenant.signals = std::move(*signals);
    slots_.emplace(name, process::TenantSlot{tenant.state.get(), tenant.signals.get()});
    tenants_.emplace(name, std::move(tenant));
  }
  return {};
}

process::ProcessorDeps StateCore::Deps() {
  return {*log_, *catalogue_, *dead_letters_, clock_, metrics_, slots_, hash_key_};
}

Result<process::Recovery> StateCore::Recover(const std::function<void(uint64_t, uint64_t)>& progress) {
  auto recovered = process::Recover(settings_.checkpoint.dir, *processor_, Deps());
  if (!recovered) return recovered;
  if (auto replayed = processor_->Replay(progress); !replayed) return Fail(replayed.error());
  return recovered;
}

void StateCore::Start() { processor_->Start(); }

void StateCore::SendDeadLetters(bool sending) {
  if (forwarded_ != nullptr) forwarded_->SetSending(sending);
}

void StateCore::Stop(bool checkpoint) {
  if (checkpointer_) checkpointer_->Stop();
  if (processor_) processor_->Stop();
  if (checkpoint) {
    if (const auto written = checkpointer_->WriteNow(); !written) {
      LogError("the last checkpoint could not be written; the next start replays more",
               {{"error", written.error().message()}});
    }
  }
}

Result<std::vector<std::string>> StateCore::Export() const {
  return process::CanonicalExport(slots_, processor_->deduplicator());
}

size_t StateCore::memory_bytes() const {
  size_t bytes = processor_->deduplicator().memory_bytes();
  for (const auto& [name, tenant] : tenants_) {
    bytes += tenant.state->items().memory_bytes() + tenant.state->users().memory_bytes() +
             tenant.state->traits().memory_bytes() + tenant.state->catalogue().memory_bytes();
    for (size_t i = 0; i < tenant.signals->size(); ++i) bytes += tenant.signals->at(i).memory_bytes();
  }
  return bytes;
}

}  // namespace signalbox::app
