// Groups are published as immutable lists; everything below them is CounterGroup and HashSlots.
#include "signals/tables/counter_table.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cfloat>
#include <cmath>

#include "signals/tables/counter_top.hpp"
#include "signals/tables/stream.hpp"

namespace signalbox::signals {

namespace {

// 0 marks an empty slot, so a log of exactly 0 is kept as -0.
uint64_t ToSlot(double value) { return std::bit_cast<uint64_t>(value == 0 ? -0.0 : value); }
double FromSlot(uint64_t slot) { return std::bit_cast<double>(slot); }

bool ById(uint32_t a, uint32_t b) { return a < b; }

// 0 = nothing to add; NaN = nothing yet.
void AddValue(double amount, float* value) {
  if (amount == 0) return;
  const auto added = static_cast<float>(std::min(amount, static_cast<double>(FLT_MAX)));
  *value = added + (std::isnan(*value) ? 0.0f : *value);
}

}  // namespace

CounterTable::CounterTable(TableOptions options, EpochDomain& epochs, const ports::ItemIndex& items)
    : Table(std::move(options)),
      items_(items),
      epochs_(epochs),
      decay_(this->options().half_life_ms),
      reclaimer_(epochs, alignof(CounterChunk)),
      groups_(new GroupList) {}

CounterTable::~CounterTable() {
  const std::unique_ptr<const GroupList> groups(groups_.load(std::memory_order_relaxed));
  for (const Group* group : *groups) delete group;
}

CounterTable::Group* CounterTable::Find(uint32_t id) const {
  const GroupList& groups = *groups_.load(std::memory_order_acquire);
  const auto at = std::lower_bound(groups.begin(), groups.end(), id, [](const Group* group, uint32_t wanted) {
    return ById(group->id, wanted);
  });
  return at != groups.end() && (*at)->id == id ? *at : nullptr;
}

CounterTable::Group* CounterTable::Open(uint32_t id) {
  if (Group* known = Find(id)) return known;
  auto group = std::make_unique<Group>();
  group->id = id;
  if (options().dense) {
    group->dense = std::make_unique<CounterGroup>(reclaimer_, items_);
  } else {
    group->hash = std::make_unique<HashSlots>(reclaimer_);
  }
  auto next = std::make_unique<GroupList>(*groups_.load(std::memory_order_relaxed));
  next->insert(std::upper_bound(next->begin(), next->end(), id,
                                [](uint32_t wanted, const Group* other) { return ById(wanted, other->id); }),
               group.get());
  PublishGroups(std::move(next));
  return group.release();
}

void CounterTable::PublishGroups(std::unique_ptr<GroupList> next) {
  const GroupList* old = groups_.load(std::memory_order_relaxed);
  groups_.store(next.release(), std::memory_order_release);
  reclaimer_.RetireObject(old);
}

void CounterTable::Add(const uint32_t* groups, const uint64_t* keys, const float* weights,
                       const int64_t* times_ms, size_t count) {
  StampCache stamps(decay_);
  const uint32_t known = items_.size();
  Group* group = nullptr;
  for (size_t i = 0; i < count; ++i) {
    if (!Counts(weights[i]) || (options().dense && keys[i] >= known)) continue;
    const uint32_t id = groups == nullptr ? 0 : groups[i];
    if (group == nullptr || group->id != id) group = Open(id);
    const Stamp& stamp = stamps.At(times_ms[i]);
    if (options().dense) {
      group->dense->Add(static_cast<sb_item>(keys[i]), static_cast<double>(weights[i]) * stamp.factor,
                        stamp.whole, era_);
    } else {
      AddHashed(*group, keys[i], weights[i], stamp);
    }
  }
}

void CounterTable::AddHashed(Group& group, uint64_t key, float weight, const Stamp& stamp) {
  const uint64_t slot = group.hash->Get(key);
  if (options().half_life_ms == 0) {
    const double sum = (slot == 0 ? 0 : FromSlot(slot)) + static_cast<double>(weight);
    return group.hash->Set(key, ToSlot(std::min(sum, DBL_MAX)));
  }
  const double added =
      std::log2(static_cast<double>(weight) * stamp.factor) + static_cast<double>(stamp.whole);
  if (slot == 0) return group.hash->Set(key, ToSlot(added));
  const double high = std::max(added, FromSlot(slot)), low = std::min(added, FromSlot(slot));
  group.hash->Set(key, ToSlot(high + std::log1p(std::exp2(low - high)) / std::log(2.0)));
}

double CounterTable::ReadHashed(const Group& group, uint64_t key, int64_t base) const {
  const uint64_t slot = group.hash->Get(key);
  if (slot == 0) return 0;
  if (options().half_life_ms == 0) return Scaled(FromSlot(slot), 0, base);
  return std::max(std::exp2(FromSlot(slot) - static_cast<double>(base)), DBL_MIN);
}

void CounterTable::Read(const uint32_t* groups, size_t group_count, const uint64_t* keys, size_t count,
                        int64_t now_ms, float* values) const {
  const int64_t base = decay_.At(now_ms).whole;
  const double unit = decay_.Unit(base, now_ms);
  std::array<const Group*, 64> found;
  std::fill_n(values, count, std::numeric_limits<float>::quiet_NaN());
  for (size_t begin = 0; begin < group_count; begin += found.size()) {
    const size_t part = std::min(found.size(), group_count - begin);
    size_t existing = 0;
    for (size_t g = 0; g < part; ++g) {
      if (const Group* group = Find(groups[begin + g])) found[existing++] = group;
    }
    if (options().dense) {
      AddDense(std::span(found).first(existing), keys, count, {base, unit}, values);
      continue;
    }
    for (size_t i = 0; i < count; ++i) {
      double sum = 0;
      for (size_t g = 0; g < existing; ++g) sum += ReadHashed(*found[g], keys[i], base);
      AddValue(sum * unit, &values[i]);
    }
  }
}

void CounterTable::AddDense(std::span<const Group* const> groups, const uint64_t* keys, size_t count,
                            const Scale& scale, float* values) {
  if (groups.size() == 1) {
    const CounterGroup& group = *groups[0]->dense;
    int64_t base = scale.base;
    double unit = scale.unit;
    for (size_t i = 0; i < count; ++i) {
      const auto bit = static_cast<unsigned>(keys[i] % 64);
      const CounterChunk* chunk = keys[i] > DenseSlots::kMaxKey ? nullptr : group.chunk(keys[i] / 64);
      if (chunk == nullptr || !chunk->has(bit)) continue;
      if (chunk->base != base) {
        base = chunk->base;
        unit = Scaled(scale.unit, base, scale.base);
      }
      AddValue(chunk->amount(bit) * unit, &values[i]);
    }
    return;
  }
  for (size_t i = 0; i < count; ++i) {
    if (keys[i] > DenseSlots::kMaxKey) continue;
    double sum = 0;
    for (const Group* group : groups) sum += group->dense->Read(static_cast<sb_item>(keys[i]), scale.base);
    AddValue(sum * scale.unit, &values[i]);
  }
}

size_t CounterTable::Top(const uint32_t* groups, size_t group_count, size_t k, const uint64_t* eligible,
                         uint32_t eligible_bits, int64_t now_ms, sb_item* items, float* values) const {
  if (!options().dense) return 0;
  std::vector<RankedGroup> found;
  int64_t base = INT64_MIN;
  for (size_t g = 0; g < group_count; ++g) {
    const Group* group = Find(groups[g]);
    if (group == nullptr) continue;
    const Leaderboard& board = group->dense->board();
    if (board.entries.empty()) continue;  // its first batch is not published yet
    base = std::max(base, board.base);
    found.push_back({group->dense.get(), &board});
  }
  if (found.empty()) return 0;
  const EligibleBits bits{eligible, eligible_bits};
  const auto top = HeaviestOf(found, k, bits, base, items_);
  const double unit = decay_.Unit(base, now_ms);
  for (size_t i = 0; i < top.size(); ++i) {
    items[i] = top[i].item;
    // Rounded, as the order is: equals in the order are equals in value.
    values[i] = static_cast<float>(std::min(Rounded(top[i].amount) * unit, static_cast<double>(FLT_MAX)));
  }
  return top.size();
}

void CounterTable::DropGroups(uint32_t first) {
  const GroupList& groups = *groups_.load(std::memory_order_relaxed);
  if (groups.empty() || groups.front()->id >= first) return;
  auto next = std::make_unique<GroupList>();
  std::vector<Group*> dropped;
  for (Group* group : groups) (group->id < first ? dropped : *next).push_back(group);
  PublishGroups(std::move(next));
  for (Group* group : dropped) {
    if (group->dense != nullptr) group->dense->RetireChunks();
    reclaimer_.RetireObject(group);
  }
}

void CounterTable::EndBatch() {
  for (Group* group : *groups_.load(std::memory_order_relaxed)) {
    if (group->dense != nullptr) group->dense->EndBatch();
  }
  reclaimer_.Flush();
}

void CounterTable::Forget(uint64_t user) {
  if (options().dense) return;
  for (Group* group : *groups_.load(std::memory_order_relaxed)) group->hash->Set(user, 0);
}

class FrozenCounter final : public FrozenTable {
 public:
  explicit FrozenCounter(const CounterTable& table) : dense_(table.options().dense), pin_(table.epochs_) {
    for (const auto* group : *table.groups_.load(std::memory_order_relaxed)) {
      groups_.push_back({group->id, dense_ ? group->dense->CopyChunks() : group->hash->Copy()});
    }
  }

  Result<void> Write(ByteSink& sink) const override {
    SinkWriter out(sink);
    out.Fixed<uint64_t>(groups_.size());
    for (const Group& group : groups_) {
      out.Fixed(group.id);
      out.Fixed<uint64_t>(group.slots.size());
      for (const auto& [key, slot] : group.slots) {
        out.Fixed(key);
        dense_ ? WriteChunk(*reinterpret_cast<const CounterChunk*>(slot), out) : out.Fixed(slot);
      }
      if (!out.ok()) break;
    }
    return out.Finish();
  }

 private:
  struct Group {
    uint32_t id;
    std::vector<std::pair<uint64_t, uint64_t>> slots;
  };
  static void WriteChunk(const CounterChunk& chunk, SinkWriter& out) {
    out.Fixed(chunk.keys());
    out.Fixed(chunk.base);
    for (uint64_t left = chunk.keys(); left != 0; left &= left - 1) {
      out.Fixed(chunk.amount(static_cast<unsigned>(std::countr_zero(left))));
    }
  }

  bool dense_;
  EpochDomain::Pin pin_;
  std::vector<Group> groups_;
};

std::unique_ptr<FrozenTable> CounterTable::Freeze() {
  // From now on writers copy a chunk before they change it, so the frozen ones stand still.
  ++era_;
  return std::make_unique<FrozenCounter>(*this);
}

Result<void> CounterTable::Restore(ByteSource& source) {
  SourceReader in(source);
  const auto groups = in.Fixed<uint64_t>();
  for (uint64_t g = 0; g < groups && in.ok(); ++g) {
    if (auto restored = RestoreGroup(in); !restored) return restored;
  }
  if (!in.ok()) return Damaged(options().name);
  EndBatch();
  return {};
}

Result<void> CounterTable::RestoreGroup(SourceReader& in) {
  const auto id = in.Fixed<uint32_t>();
  const auto slots = in.Fixed<uint64_t>();
  if (!in.ok()) return Damaged(options().name);
  Group* group = Open(id);
  const uint64_t chunks = (static_cast<uint64_t>(items_.size()) + 63) / 64;
  std::array<double, 64> amounts;
  for (uint64_t s = 0; s < slots && in.ok(); ++s) {
    const auto key = in.Fixed<uint64_t>();
    const auto word = in.Fixed<uint64_t>();
    if (!options().dense) {
      if (word == 0 || !std::isfinite(FromSlot(word))) return Damaged(options().name);
      group->hash->Set(key, word);
      continue;
    }
    const auto base = in.Fixed<int32_t>();
    const auto count = static_cast<size_t>(std::popcount(word));
    in.Bytes(amounts.data(), count * sizeof(double));
    if (!in.ok() || key >= chunks || group->dense->chunk(key) != nullptr) return Damaged(options().name);
    for (size_t i = 0; i < count; ++i) {
      if (!(amounts[i] > 0) || !std::isfinite(amounts[i])) return Damaged(options().name);
    }
    group->dense->Put(key, word, base, amounts.data());
  }
  return in.ok() ? Result<void>() : Damaged(options().name);
}

void CounterTable::Export(const ports::ItemIndex& items, std::vector<std::string>* lines) const {
  const EpochDomain::Pin pin(epochs_);
  for (const Group* group : *groups_.load(std::memory_order_acquire)) {
    const std::string begin = options().name + " " + std::to_string(group->id) + " ";
    if (!options().dense) {
      for (const auto& [key, slot] : group->hash->Copy()) {
        const double value = FromSlot(slot);
        const double whole = options().half_life_ms == 0 ? 0 : std::floor(value);
        const double amount = options().half_life_ms == 0 ? value : std::exp2(value - whole);
        lines->push_back(begin + KeyText(items, false, key) + " " +
                         AmountText(amount, static_cast<int64_t>(whole)));
      }
      continue;
    }
    for (const auto& [index, slot] : group->dense->CopyChunks()) {
      const auto& chunk = *reinterpret_cast<const CounterChunk*>(slot);
      for (uint64_t left = chunk.keys(); left != 0; left &= left - 1) {
        const auto bit = static_cast<unsigned>(std::countr_zero(left));
        const double amount = chunk.amount(bit);
        lines->push_back(begin + ItemText(items, index * 64 + bit) + " " + AmountText(amount, chunk.base));
      }
    }
  }
}

size_t CounterTable::memory_bytes() const {
  const EpochDomain::Pin pin(epochs_);
  size_t bytes = reclaimer_.pool().reserved_bytes();
  for (const Group* group : *groups_.load(std::memory_order_acquire)) {
    bytes += sizeof(Group) +
             (group->dense != nullptr ? group->dense->memory_bytes() : group->hash->memory_bytes());
  }
  return bytes;
}

}  // namespace signalbox::signals
