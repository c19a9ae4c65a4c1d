// Hourly sets per partition: an hour goes as a whole, a snapshot shares what no longer changes.
#include "state/deduplicator.hpp"

#include <algorithm>
#include <cassert>
#include <cinttypes>
#include <cstdio>
#include <map>
#include <mutex>
#include <shared_mutex>

#include "state/id_set.hpp"
#include "state/section_stream.hpp"

namespace signalbox::state {
namespace {

constexpr int64_t kHourMs = 60 * 60 * 1000;

// By hour since 1970. A set that a snapshot shares is copied before it is written.
using Hours = std::map<int64_t, std::shared_ptr<IdSet>>;

int64_t HourOf(int64_t append_ms) {
  const int64_t hour = append_ms / kHourMs;
  return append_ms % kHourMs < 0 ? hour - 1 : hour;
}

struct Partition {
  mutable std::shared_mutex mutex;
  Hours hours;  // guarded by mutex
};

bool HoursContain(const Hours& hours, uint64_t id) {
  // The sets are far apart in memory: ask for all places first, then look.
  for (const auto& [hour, ids] : hours) ids->Prefetch(id);
  return std::any_of(hours.begin(), hours.end(),
                     [id](const auto& entry) { return entry.second->Contains(id); });
}

}  // namespace

struct Deduplicator::Impl {
  Impl(uint32_t count, int hours) : window_hours(hours) {
    for (uint32_t i = 0; i < count; ++i) partitions.push_back(std::make_unique<Partition>());
  }
  const int window_hours;
  std::vector<std::unique_ptr<Partition>> partitions;
};

Deduplicator::Deduplicator(uint32_t partitions, int window_hours)
    : impl_(std::make_unique<Impl>(partitions, window_hours)) {}
Deduplicator::~Deduplicator() = default;
Deduplicator::Deduplicator(Deduplicator&&) noexcept = default;

bool Deduplicator::Insert(uint32_t partition, uint64_t id_hash, int64_t append_ms) {
  assert(partition < impl_->partitions.size() && id_hash != 0);
  Partition& part = *impl_->partitions[partition];
  const std::unique_lock lock(part.mutex);
  Hours& hours = part.hours;
  // A clock that was set back files under the newest hour: what is dropped stays dropped, and
  // the answer depends on the order of append times only.
  const int64_t hour = hours.empty() ? HourOf(append_ms) : std::max(HourOf(append_ms), hours.rbegin()->first);
  hours.erase(hours.begin(), hours.lower_bound(hour - impl_->window_hours));
  if (HoursContain(hours, id_hash)) return false;
  auto& ids = hours[hour];
  if (ids == nullptr) {
    ids = std::make_shared<IdSet>();
  } else if (ids.use_count() > 1) {
    ids = std::make_shared<IdSet>(*ids);
  }
  return ids->Insert(id_hash);
}

bool Deduplicator::Contains(uint32_t partition, uint64_t id_hash) const {
  if (partition >= impl_->partitions.size() || id_hash == 0) return false;
  const Partition& part = *impl_->partitions[partition];
  const std::shared_lock lock(part.mutex);
  return HoursContain(part.hours, id_hash);
}

size_t Deduplicator::memory_bytes() const {
  size_t bytes = sizeof *impl_;
  for (const auto& part : impl_->partitions) {
    const std::shared_lock lock(part->mutex);
    for (const auto& [hour, ids] : part->hours) bytes += ids->memory_bytes();
  }
  return bytes;
}

std::shared_ptr<const void> Deduplicator::Freeze() const {
  auto frozen = std::make_shared<std::vector<Hours>>();
  for (const auto& part : impl_->partitions) {
    const std::shared_lock lock(part->mutex);
    Hours hours = part->hours;
    // The newest is copied now, under the pause of the snapshot; otherwise the next Insert would.
    if (!hours.empty()) hours.rbegin()->second = std::make_shared<IdSet>(*hours.rbegin()->second);
    frozen->push_back(std::move(hours));
  }
  return frozen;
}

Result<void> Deduplicator::Write(const void* frozen, ByteSink& sink) const {
  const auto& partitions = *static_cast<const std::vector<Hours>*>(frozen);
  SectionWriter writer(sink);
  writer.Varint(partitions.size());
  for (const Hours& hours : partitions) {
    writer.Varint(hours.size());
    for (const auto& [hour, ids] : hours) {
      writer.Fixed(hour);
      writer.Varint(ids->size());
      ids->ForEach([&](uint64_t id) { writer.Fixed(id); });
    }
  }
  return writer.Finish();
}

Result<void> Deduplicator::Restore(ByteSource& source) {
  SectionReader reader(source);
  const uint64_t partitions = reader.Varint();
  if (reader.ok() && partitions != impl_->partitions.size()) {
    return Fail(
        Error(Code::kInvalidArgument, "the checkpoint has " + std::to_string(partitions) +
                                          " log partitions, the log has " +
                                          std::to_string(impl_->partitions.size()))
            .WithHint("Start with the log that the checkpoint was made from, or without the checkpoint."));
  }
  for (uint64_t i = 0; i < partitions && reader.ok(); ++i) {
    Hours hours;
    const uint64_t count = reader.Varint();
    for (uint64_t h = 0; h < count && reader.ok(); ++h) {
      auto& ids = hours[reader.Fixed<int64_t>()];
      ids = std::make_shared<IdSet>();
      const uint64_t size = reader.Varint();
      // A damaged size must not take all memory: larger sets grow as their ids come.
      ids->Reserve(std::min<uint64_t>(size, 1 << 20));
      for (uint64_t k = 0; k < size && reader.ok(); ++k) {
        const auto id = reader.Fixed<uint64_t>();
        if (id != 0) ids->Insert(id);
      }
    }
    const std::unique_lock lock(impl_->partitions[i]->mutex);
    impl_->partitions[i]->hours.swap(hours);
  }
  return reader.Finish("deduplication sets");
}

void Deduplicator::Export(std::vector<std::string>* lines) const {
  for (size_t i = 0; i < impl_->partitions.size(); ++i) {
    const std::shared_lock lock(impl_->partitions[i]->mutex);
    for (const auto& [hour, ids] : impl_->partitions[i]->hours) {
      ids->ForEach([&, hour = hour](uint64_t id) {
        char line[80];
        std::snprintf(line, sizeof line, "event_id %zu %" PRId64 " %016" PRIx64, i, hour, id);
        lines->emplace_back(line);
      });
    }
  }
}

}  // namespace signalbox::state
