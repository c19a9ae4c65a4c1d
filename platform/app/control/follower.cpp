// Polling, applying and reporting.
#include "app/control/follower.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

#include "base/log.hpp"

namespace signalbox::app {
namespace {

constexpr int64_t kPruneEveryMs = 3'600'000;
constexpr size_t kRevertsKept = 20;
constexpr size_t kEarlierTried = 5;
constexpr size_t kHistoryRead = 200;

std::string IdOf(const model::ObjectName& object, uint64_t number) {
  return number == 0 ? "nothing" : model::RevisionId(object.name, number);
}

// "home@7", with its tenant unless that is the default one.
std::string ProblemOf(const ports::InForce& change) {
  const std::string id = IdOf(change.object, change.number);
  return change.object.tenant == "default" ? id : change.object.tenant + "/" + id;
}

}  // namespace

ControlFollower::ControlFollower(ports::ControlStore& store, ports::ScenarioRuntime& runtime,
                                 const Clock& clock, ports::Metrics& metrics, FollowerOptions options)
    : store_(store), runtime_(runtime), clock_(clock), options_(std::move(options)), metrics_(metrics) {}

ControlFollower::~ControlFollower() { Stop(); }

void ControlFollower::NoteStore(const Error* error) {
  const std::lock_guard lock(mutex_);
  const std::string text = error == nullptr ? std::string() : error->message();
  if (text == status_.store_error) return;
  if (error != nullptr) {
    LogError("the control store cannot be asked; what is in force goes on", {{"error", text}});
  } else {
    LogInfo("the control store answers again");
  }
  status_.store_error = text;
}

void ControlFollower::Sync() {
  const std::lock_guard lock(sync_mutex_);
  const auto epoch = store_.Epoch();
  if (!epoch) return NoteStore(&epoch.error());
  if (*epoch == epoch_ && pending_.empty()) return NoteStore(nullptr);
  // A store that went back was restored from a backup: everything is taken again.
  const uint64_t after = *epoch < epoch_ ? 0 : epoch_;
  const auto changes = store_.Changes(after, std::numeric_limits<int32_t>::max());
  if (!changes) return NoteStore(&changes.error());
  const auto safe_mode = store_.SafeMode();
  if (!safe_mode) return NoteStore(&safe_mode.error());
  NoteStore(nullptr);
  runtime_.SetSafeMode(*safe_mode);
  for (const auto& change : *changes) {
    if (change.object.kind == model::ObjectKind::kScenario) pending_[change.object] = change;
  }
  // What did not compile may do so once another scenario has changed.
  for (const auto& [object, change] : broken_) pending_.emplace(object, change);
  broken_.clear();
  epoch_ = *epoch;
  ApplyPending();

  const std::lock_guard status_lock(mutex_);
  status_.epoch = epoch_;
  status_.safe_mode = *safe_mode;
  for (auto it = status_.problems.begin(); it != status_.problems.end();) {
    const bool still = std::any_of(broken_.begin(), broken_.end(),
                                   [&](const auto& entry) { return ProblemOf(entry.second) == it->first; });
    it = still ? std::next(it) : status_.problems.erase(it);
  }
}

// A scenario that extends another can only be put in force after it, so those that fail are tried again
// as long as others succeed.
void ControlFollower::ApplyPending() {
  for (bool progress = true; progress && !pending_.empty();) {
    progress = false;
    for (auto it = pending_.begin(); it != pending_.end();) {
      const bool done = Apply(it->second, false) == Outcome::kDone;
      progress |= done;
      it = done ? pending_.erase(it) : std::next(it);
    }
  }
  for (auto it = pending_.begin(); it != pending_.end();) {
    const Outcome outcome = Apply(it->second, true);
    if (outcome == Outcome::kWaits) broken_[it->first] = it->second;
    it = outcome == Outcome::kUnavailable ? std::next(it) : pending_.erase(it);
  }
}

ControlFollower::Outcome ControlFollower::Apply(const ports::InForce& change, bool last_try) {
  if (change.number == 0) {
    if (const auto retired = runtime_.Retire(change.object); !retired) {
      LogDebug("nothing to retire", {{"object", change.object.name}, {"error", retired.error().message()}});
    }
    return Outcome::kDone;
  }
  const auto revision = store_.Get(change.object, change.number);
  if (!revision) {
    NoteStore(&revision.error());
    return Outcome::kUnavailable;
  }
  if (!*revision) return Outcome::kDone;
  const auto put = runtime_.PutInForce(**revision);
  if (put) {
    LogInfo("in force", {{"tenant", change.object.tenant}, {"revision", IdOf(change.object, change.number)}});
    return Outcome::kDone;
  }
  if (put.error().code() == Code::kNotFound) return Outcome::kDone;  // a tenant that is not served here
  if (!last_try) return Outcome::kWaits;
  const std::string id = ProblemOf(change);
  bool told = true;
  {
    const std::lock_guard lock(mutex_);
    told = std::exchange(status_.problems[id], put.error().message()) == put.error().message();
  }
  if (!told) {
    LogError("a published revision does not run here; what was in force goes on",
             {{"revision", id}, {"error", put.error().message()}});
  }
  if (runtime_.Running(change.object.tenant).count(change.object.name) == 0) ApplyEarlier(change);
  return Outcome::kWaits;
}

// Nothing runs here yet: the newest earlier revision that compiles is better than none.
bool ControlFollower::ApplyEarlier(const ports::InForce& change) {
  auto history = store_.History(change.object, 0, kHistoryRead);
  if (!history) return false;
  std::erase_if(*history, [&](const model::Revision& revision) {
    return revision.epoch == 0 || revision.failed || revision.number == change.number;
  });
  std::sort(history->begin(), history->end(), [](const auto& a, const auto& b) { return a.epoch > b.epoch; });
  for (size_t i = 0; i < std::min(history->size(), kEarlierTried); ++i) {
    const auto earlier = store_.Get(change.object, (*history)[i].number);
    if (!earlier || !*earlier || !runtime_.PutInForce(**earlier)) continue;
    LogWarn("an earlier revision runs here instead",
            {{"revision", IdOf(change.object, (*earlier)->number)}, {"instead_of", ProblemOf(change)}});
    return true;
  }
  return false;
}

void ControlFollower::NoteFailing(const std::string& tenant, const std::string& scenario, uint64_t number) {
  {
    const std::lock_guard lock(mutex_);
    auto& failing = failing_.emplace_back();
    failing.object = {tenant, model::ObjectKind::kScenario, scenario};
    failing.number = number;
  }
  wake_.notify_one();
}

void ControlFollower::RevertFailing() {
  std::deque<model::Revision> failing;
  {
    const std::lock_guard lock(mutex_);
    failing.swap(failing_);
  }
  for (const auto& revision : failing) {
    const std::string id = IdOf(revision.object, revision.number);
    const auto after = store_.RevertFailing(revision.object, revision.number,
                                            {"node " + options_.node, "its script failed too often"});
    if (!after && after.error().retryable()) {
      NoteStore(&after.error());
      const std::lock_guard lock(mutex_);
      failing_.push_back(revision);
      continue;
    }
    const std::string outcome = after ? IdOf(revision.object, after->number) + " is in force again"
                                      : "it could not be reverted: " + after.error().message();
    LogError("a script failed too often", {{"revision", id}, {"outcome", outcome}});
    metrics_
        .GetCounter("signalbox_script_reverts_total",
                    "Revisions taken out of force because their script failed too often",
                    {{"tenant", revision.object.tenant}, {"scenario", revision.object.name}})
        .Add();
    const std::lock_guard lock(mutex_);
    status_.reverts.push_back(id + " failed too often; " + outcome);
    if (status_.reverts.size() > kRevertsKept) status_.reverts.erase(status_.reverts.begin());
  }
}

void ControlFollower::Prune() {
  const int64_t now_ms = clock_.now_ms();
  if (now_ms - pruned_ms_ < kPruneEveryMs) return;
  for (const auto& tenant : options_.tenants) {
    const auto pruned = store_.Prune(tenant, options_.retention, now_ms);
    if (!pruned) return NoteStore(&pruned.error());  // tried again in the next round
    if (*pruned == 0) continue;
    LogInfo("revisions past their time are deleted",
            {{"tenant", tenant}, {"revisions", static_cast<int64_t>(*pruned)}});
  }
  pruned_ms_ = now_ms;
}

void ControlFollower::Report() {
  ports::NodeReport report;
  report.node = options_.node;
  report.roles = options_.roles;
  {
    const std::lock_guard lock(mutex_);
    const int64_t now_ms = clock_.now_ms();
    if (now_ms - reported_ms_ < options_.report_every_ms) return;
    reported_ms_ = now_ms;
    report.epoch = status_.epoch;
    for (const auto& [id, reason] : status_.problems) report.problems += id + ": " + reason + "\n";
  }
  if (const auto reported = store_.Report(report); !reported) NoteStore(&reported.error());
}

void ControlFollower::RunOnce() {
  RevertFailing();
  if (options_.runs_plans) {
    if (const auto done = store_.RunDue(clock_.now_ms()); !done) NoteStore(&done.error());
  }
  if (options_.runs_plans) Prune();
  if (options_.before_sync) options_.before_sync();
  Sync();
  Report();
}

void ControlFollower::Start() {
  RunOnce();
  thread_ = std::thread([this] { Run(); });
}

void ControlFollower::Run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    wake_.wait_for(lock, std::chrono::milliseconds(options_.poll_ms));
    if (stopping_) return;
    lock.unlock();
    RunOnce();
    lock.lock();
  }
}

void ControlFollower::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

FollowerStatus ControlFollower::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

}  // namespace signalbox::app
