// The thread that follows the catalogue and what is known of users, and does upkeep.
#include <optional>
#include <utility>

#include "base/log.hpp"
#include "ports/user_attributes.hpp"
#include "process/catalogue_epoch.hpp"
#include "process/item_batch.hpp"
#include "process/processor.hpp"

namespace signalbox::process {
namespace {

constexpr size_t kCatalogueBatch = 1024;

}  // namespace

Result<void> Processor::CatchUpCatalogue() {
  for (const auto& [name, slot] : deps_.tenants) {
    for (bool more = true; more;) {
      const auto followed = FollowTenant(slot);
      if (!followed) return Fail(followed.error());
      more = *followed;
    }
  }
  return {};
}

std::string Processor::catalogue_failure() const {
  const std::lock_guard lock(applied_mutex_);
  return catalogue_failure_;
}

// Tells the log when it begins and when it is over, not at each look.
void Processor::NoteCatalogueFailure(const Error* error) {
  const std::string message = error != nullptr ? error->message() : std::string();
  bool was_failing = false;
  {
    const std::lock_guard lock(applied_mutex_);
    was_failing = !catalogue_failure_.empty();
    catalogue_failure_ = message;
  }
  if (error != nullptr && !was_failing) {
    LogWarn("the catalogue cannot be followed: what is known of it is served",
            {{"error", message}, {"hint", error->hint()}});
  } else if (error == nullptr && was_failing) {
    LogInfo("the catalogue is followed again");
  }
}

void Processor::FollowCatalogue() {
  while (!stopping_) {
    bool more = false;
    std::optional<Error> failed;
    for (const auto& [name, slot] : deps_.tenants) {
      const auto followed = FollowTenant(slot);
      if (followed) {
        more |= *followed;
      } else if (!failed) {
        failed = followed.error();
      }
      more |= Maintain(slot);
    }
    NoteCatalogueFailure(failed ? &*failed : nullptr);
    std::unique_lock lock(wake_mutex_);
    const auto wait = std::chrono::milliseconds(more ? 1 : options_.catalogue_poll_ms);
    wake_.wait_for(lock, wait, [this] { return stopping_.load() || catalogue_changed_; });
    catalogue_changed_ = false;
  }
}

// Once, also where the database was away at the start: it may have been replaced by an older one.
Result<void> Processor::CheckCatalogue(const TenantSlot& slot) {
  const auto& name = slot.state->name();
  if (checked_catalogues_.count(name) > 0) return {};
  if (auto same = CheckCatalogueEpoch(slot, deps_.catalogue); !same) return same;
  checked_catalogues_.insert(name);
  return {};
}

// One batch of the vectors that a scenario began to use. False = there is nothing to load.
Result<bool> Processor::LoadVectors(const TenantSlot& slot) {
  auto& mirror = slot.state->catalogue();
  const auto after = mirror.VectorsAfter();
  if (!after) return false;
  const auto changes = deps_.catalogue.Changes(slot.state->name(), *after, kCatalogueBatch);
  if (!changes) return Fail(changes.error());
  const std::lock_guard lock(state_mutex_);
  mirror.LoadVectors(*changes);
  return true;
}

// One batch of what is known of users. False = followed up to the end.
Result<bool> Processor::FollowUsers(const TenantSlot& slot) {
  const ports::UserAttributes users(deps_.catalogue);
  auto changes = users.Changes(slot.state->name(), slot.state->traits().epoch(), kCatalogueBatch);
  if (!changes) return Fail(changes.error());
  if (changes->empty()) return false;
  const bool more = changes->size() == kCatalogueBatch;
  const std::lock_guard lock(state_mutex_);
  slot.state->ApplyTraits(std::move(*changes));
  return more;
}

// One batch of changed items. False = followed up to the end.
Result<bool> Processor::FollowItems(const TenantSlot& slot) {
  auto& mirror = slot.state->catalogue();
  const auto changes = deps_.catalogue.Changes(slot.state->name(), mirror.view()->epoch(), kCatalogueBatch);
  if (!changes) return Fail(changes.error());
  if (changes->empty()) {
    if (auto same = CheckCatalogue(slot); !same) return Fail(same.error());
    return false;
  }
  const std::lock_guard lock(state_mutex_);
  mirror.Apply(*changes);
  const ItemBatch batch(*changes, mirror);
  for (auto* signal : slot.AllSignals()) {
    if (const auto taken = signal->ItemsChanged(batch.upserts(), batch.deletes()); !taken) {
      LogWarn("a signal could not take catalogue changes",
              {{"signal", signal->name()}, {"error", taken.error().message()}});
    }
  }
  return changes->size() == kCatalogueBatch;
}

// Items before vectors, which are theirs; none waits until another has nothing left to do but where it
// lags by batches. False = all is followed up to its end.
Result<bool> Processor::FollowTenant(const TenantSlot& slot) {
  const auto items = FollowItems(slot);
  if (!items || *items) return items;
  const auto vectors = LoadVectors(slot);
  if (!vectors) return vectors;
  const auto users = FollowUsers(slot);
  if (!users) return users;
  return *vectors || *users;
}

}  // namespace signalbox::process
