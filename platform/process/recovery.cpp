// Starting from a checkpoint: restore, check that the log is still the same one, and teach again
// the signals that the checkpoint does not fit.
#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "base/log.hpp"
#include "process/catalogue_epoch.hpp"
#include "process/checkpoint_sections.hpp"
#include "process/checkpointer.hpp"
#include "process/item_batch.hpp"
#include "process/same_log.hpp"
#include "state/checkpoint.hpp"

namespace signalbox::process {
namespace {

constexpr size_t kBatch = 1024;

// Errors: kDataLoss unless the record before each offset is the one the checkpoint remembers.
Result<void> CheckLog(const state::CheckpointManifest& manifest, ports::EventLog& log) {
  if (manifest.offsets.size() != log.partitions()) {
    return Fail(Code::kDataLoss,
                "the checkpoint was made from a log of " + std::to_string(manifest.offsets.size()) +
                    " partitions, this one has " + std::to_string(log.partitions()) +
                    "; point event_log at the right log, or remove the checkpoints to start over");
  }
  for (uint32_t p = 0; p < log.partitions(); ++p) {
    const auto same = CheckSameLog(log, {p, manifest.offsets[p], manifest.last_checksums[p]});
    if (!same) return same;
  }
  return {};
}

// The newest checkpoint of which every byte is as it was written; damaged ones are logged and
// passed over, so that nothing is restored by half.
Result<std::optional<state::CheckpointReader>> OpenIntact(const std::string& dir) {
  for (uint64_t before = std::numeric_limits<uint64_t>::max();;) {
    auto opened = state::CheckpointReader::OpenNewest(dir, before);
    if (!opened || !*opened) return opened;
    Result<void> intact;
    for (const auto& section : (*opened)->sections()) {
      if (intact) intact = (*opened)->Read(section, [](ByteSource&) { return Result<void>(); });
    }
    if (intact) return opened;
    if (intact.error().code() != Code::kDataLoss) return Fail(intact.error());
    LogError(
        "a damaged checkpoint is passed over: the one before it, or the log alone, brings the state back",
        {{"error", intact.error().message()}});
    before = (*opened)->manifest().sequence;
  }
}

Result<void> RestoreTenant(const state::CheckpointReader& reader, const std::string& name, TenantSlot& slot,
                           std::vector<signals::Signal*>* unfit) {
  auto& state = *slot.state;
  auto parts = reader.Read(TenantSection(name, "items"),
                           [&](ByteSource& source) { return state.items().Restore(source); });
  if (parts) {
    parts = reader.Read(TenantSection(name, "catalogue"),
                        [&](ByteSource& source) { return state.catalogue().Restore(source); });
  }
  if (parts) {
    parts = reader.Read(TenantSection(name, "users"),
                        [&](ByteSource& source) { return state.users().Restore(source); });
  }
  if (!parts) return parts;
  for (size_t i = 0; i < slot.signals->size(); ++i) {
    auto& signal = slot.signals->at(i);
    const auto section = SignalSection(name, signal.name());
    if (!reader.Has(section)) {
      unfit->push_back(&signal);
      continue;
    }
    const auto restored = reader.Read(section, [&](ByteSource& source) { return signal.Restore(source); });
    if (restored) continue;
    if (restored.error().code() != Code::kInvalidArgument) return restored;
    LogInfo("a signal learns again from the log",
            {{"tenant", name}, {"signal", signal.name()}, {"reason", restored.error().message()}});
    unfit->push_back(&signal);
  }
  return {};
}

Result<void> TeachCatalogue(const TenantSlot& slot, const std::vector<signals::Signal*>& learners,
                            ports::CatalogueStore& store) {
  const auto& mirror = slot.state->catalogue();
  const uint64_t until = mirror.view()->epoch();
  for (uint64_t epoch = 0; epoch < until;) {
    auto changes = store.Changes(slot.state->name(), epoch, kBatch);
    if (!changes) return Fail(changes.error());
    if (changes->empty()) break;
    epoch = changes->back().epoch;
    // What is newer than the mirror comes with the ordinary catching up.
    while (!changes->empty() && changes->back().epoch > until) changes->pop_back();
    const ItemBatch batch(*changes, mirror);
    for (auto* signal : learners) {
      if (const auto taken = signal->ItemsChanged(batch.upserts(), batch.deletes()); !taken) return taken;
    }
  }
  return {};
}

// Feeds what is retained of the log before the checkpoint to what it could not restore. `users`:
// the tenant's own if they are to be built too, else scratch ones: the tenant's are further already.
Result<void> TeachLog(const std::string& name, const TenantSlot& slot, state::UserStore& users,
                      const std::vector<signals::Signal*>& learners, const ProcessorDeps& deps,
                      const model::Offsets& until) {
  state::Deduplicator dedup(deps.log.partitions());
  TenantPipeline pipeline(*slot.state, users, learners);
  std::vector<ports::LogEntry> entries;
  for (uint32_t p = 0; p < deps.log.partitions(); ++p) {
    const auto range = deps.log.Range(p);
    if (!range) return Fail(range.error());
    if (range->first > 0) {
      LogWarn("the retained log is shorter than the state: signals that learn again start later",
              {{"tenant", name}, {"first_offset", static_cast<int64_t>(range->first)}});
    }
    auto reader = deps.log.OpenReader(p, range->first);
    if (!reader) return Fail(reader.error());
    for (uint64_t offset = range->first; offset < until[p];) {
      entries.clear();
      const auto read = (*reader)->Read(std::min<uint64_t>(kBatch, until[p] - offset), 1000, &entries);
      if (!read) return Fail(read.error());
      for (const auto& entry : entries) {
        if (entry.position.offset >= until[p]) break;  // offsets may leave some out
        const auto record = model::DecodeRecord(entry.payload);
        if (!record || !entry.problem.empty() || record->tenant != name) continue;
        if (record->client_event_id &&
            !dedup.Insert(p, KeyedHash(deps.hash_key, "event", record->event_id), entry.append_ms)) {
          continue;
        }
        (void)pipeline.Apply(*record, p, entry.position.offset);  // refused once already, and dead-lettered
      }
      pipeline.Flush();
      offset = (*reader)->next();
    }
  }
  return {};
}

}  // namespace

Result<Recovery> Recover(const std::string& dir, Processor& processor, const ProcessorDeps& deps) {
  Recovery recovery;
  const auto opened = OpenIntact(dir);
  if (!opened) return Fail(opened.error());
  if (*opened) {
    const auto& reader = **opened;
    const auto& manifest = reader.manifest();
    if (const auto same = CheckLog(manifest, deps.log); !same) return Fail(same.error());
    recovery.from_checkpoint = true;
    recovery.sequence = manifest.sequence;
    const auto dedup = reader.Read(
        DedupSection(), [&](ByteSource& source) { return processor.deduplicator().Restore(source); });
    if (!dedup) return Fail(dedup.error());
    for (auto [name, slot] : deps.tenants) {
      std::vector<signals::Signal*> unfit;
      if (!reader.Has(TenantSection(name, "items"))) {
        // Configured since, or left out for a while: all of it comes from the log.
        for (size_t i = 0; i < slot.signals->size(); ++i) unfit.push_back(&slot.signals->at(i));
        const auto taught = TeachLog(name, slot, slot.state->users(), unfit, deps, manifest.offsets);
        if (!taught) return Fail(taught.error());
        recovery.relearnt.push_back(name);
        continue;
      }
      if (const auto restored = RestoreTenant(reader, name, slot, &unfit); !restored)
        return Fail(restored.error());
      if (auto same = CheckCatalogueEpoch(slot, deps.catalogue); !same && !same.error().retryable()) {
        return Fail(same.error());
      }
      if (unfit.empty()) continue;
      state::UserStore users(slot.state->epochs(), slot.state->options().users);
      if (const auto taught = TeachCatalogue(slot, unfit, deps.catalogue); !taught)
        return Fail(taught.error());
      if (const auto taught = TeachLog(name, slot, users, unfit, deps, manifest.offsets); !taught) {
        return Fail(taught.error());
      }
      for (const auto* signal : unfit) recovery.relearnt.push_back(name + "/" + signal->name());
    }
    processor.Resume(
        {manifest.offsets, manifest.last_checksums, std::vector<int64_t>(manifest.offsets.size())});
  }
  if (const auto caught_up = processor.CatchUpCatalogue(); !caught_up) {
    if (!caught_up.error().retryable()) return Fail(caught_up.error());
    LogWarn("the catalogue's database is away: starting with what the checkpoint knows of it",
            {{"error", caught_up.error().message()}});
  }
  return recovery;
}

Result<std::vector<std::string>> CanonicalExport(const Tenants& tenants, const state::Deduplicator& dedup) {
  std::vector<std::string> lines;
  dedup.Export(&lines);
  for (auto& line : lines) line.insert(0, "dedup\t");
  for (const auto& [name, slot] : tenants) {
    std::vector<std::string> users;
    slot.state->users().Export(*slot.state, &users);
    for (const auto& line : users) lines.push_back("user\t" + name + "\t" + line);
    for (size_t i = 0; i < slot.signals->size(); ++i) {
      const auto& signal = slot.signals->at(i);
      auto exported = signal.Export();
      if (!exported) return Fail(exported.error());
      for (const auto& line : *exported)
        lines.push_back("signal\t" + name + "\t" + signal.name() + "\t" + line);
    }
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

}  // namespace signalbox::process
